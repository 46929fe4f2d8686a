// SPDX-License-Identifier: Apache-2.0
// Peers whose certificates, or ours, cannot do what their P-Mode says.
#include "kurird/load_pmodes.hpp"

#include "good_configuration.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace {

// A certificate without SubjectKeyIdentifier, with its key, signed by itself.
support::Identity without_identifier(const Good& good, const std::string& common_name)
{
    const auto path = [&](const char* end) { return good.folder.path() / (common_name + end); };
    const support::Identity made{path(".key"), path(".cert"), path(".cert")};
    const auto command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=" + common_name +
        "' -addext subjectKeyIdentifier=none -addext " + "authorityKeyIdentifier=none -keyout '" +
        made.key_file.string() + "' -out '" + made.certificate_file.string() + "' 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    REQUIRE(made.certificate().subject_key_identifier().empty());
    return made;
}

} // namespace

TEST_CASE("certificates of a peer are known to look up, beside those it signs with", "[kurird]")
{
    Good good;
    auto& peer = good.config.peers[0];
    peer.known_certificates = {good.authority.identity("AP0002-TEST").certificate_file};
    peer.encryption_certificate =
        good.authority.encryption_only_identity("AP0002-TEST").certificate_file;
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    const auto& known = loaded->pmodes.peers().at(0);
    CHECK(known.known().size() == 2);
    CHECK(known.looked_up.size() == 1);
    CHECK(known.pinned.empty());
}

TEST_CASE("a peer that its P-Mode cannot work with is refused with the reason", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    auto& peer = good.config.peers[0];
    const auto other = good.authority.identity("AP0002-TEST").certificate_file;
    using Form = wss::TokenReference;
    std::string expected;
    SECTION("encrypted to nobody")
    {
        peer.encryption_certificate.clear();
        expected = "could not be sent to";
    }
    SECTION("participants without four corners")
    {
        mode.four_corner = false;
        expected = "participants mean nothing";
    }
    SECTION("a party id without type that is no URI")
    {
        mode.party_type.clear();
        expected = "[[peer]] b: party_id without a party_type";
    }
    SECTION("our own party id without type that is no URI")
    {
        mode.own_party_type.clear();
        expected = "node.party_id without an own_party_type";
    }
    SECTION("a service of its own without type that is no URI")
    {
        mode.service_type = "";
        mode.services = {"urn:s"};
        peer.services = {"s"};
        expected = "[[peer]] b: service s without service_type";
    }
    SECTION("our own key is too short")
    {
        mode.minimum_strength = 2049;
        expected = "our own certificate has an RSA key of 2048 bits; minimum_strength is 2049";
    }
    SECTION("the recipient's key is too short")
    {
        mode.minimum_strength = 2049;
        expected = "[[peer]] b: encryption_certificate has an RSA key of 2048 bits";
    }
    SECTION("a pinned key is too short")
    {
        mode.minimum_strength = 2049;
        peer.certificates = {other};
        expected = "[[peer]] b: certificates: one has an RSA key of 2048 bits";
    }
    SECTION("our certificate has no identifier to be referred to by")
    {
        mode.algorithms.signature_token = {Form::subject_key_identifier};
        const auto own = without_identifier(good, "AP0001-TEST");
        good.config.key = own.key_file;
        good.config.certificate = own.certificate_file;
        expected = "signature_token: our own certificate has no SubjectKeyIdentifier";
    }
    SECTION("the recipient's certificate has no identifier to be referred to by")
    {
        mode.algorithms.encryption_token = {Form::subject_key_identifier};
        peer.encryption_certificate = without_identifier(good, "AP0002-TEST").certificate_file;
        expected = "encryption_token: encryption_certificate has no SubjectKeyIdentifier";
    }
    SECTION("known certificates beside pinned ones")
    {
        peer.certificates = peer.known_certificates = {other};
        expected = "known_certificates are of no use beside certificates";
    }
    SECTION("a known certificate of another party")
    {
        peer.known_certificates = {good.authority.identity("AP0003-TEST").certificate_file};
        expected = "is not AP0002-TEST, so nothing it signs would be accepted";
    }
    SECTION("a known certificate that is none")
    {
        peer.known_certificates = {good.write("x.pem", "x")};
        expected = "[[peer]] b: known_certificates";
    }
    CAPTURE(good.mistakes());
    REQUIRE_FALSE(expected.empty());
    CHECK(good.mistakes().find(expected) != std::string::npos);
}

TEST_CASE("what a peer's P-Mode does not need may be missing", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    auto& peer = good.config.peers[0];
    SECTION("a certificate to encrypt to, where nothing is encrypted")
    {
        mode.must_encrypt = false;
        mode.algorithms.signature_token = {wss::TokenReference::bst_x509v3};
        peer.encryption_certificate.clear();
    }
    SECTION("types, where ids are URIs")
    {
        mode.party_type.clear();
        mode.own_party_type.clear();
        good.config.party_id = "urn:ap:1";
        good.config.certificate = good.authority.identity("urn:ap:1").certificate_file;
        good.config.key = good.authority.identity("urn:ap:1").key_file;
        peer.party_id = "urn:ap:2";
        peer.encryption_certificate = good.authority.identity("urn:ap:2").certificate_file;
    }
    SECTION("participants, in two corners")
    {
        mode.four_corner = false;
        peer.participants.clear();
    }
    CHECK(good.mistakes().empty());
    CHECK(good.warnings().empty());
}

TEST_CASE("two corners need no participants, and a certificate to encrypt to", "[kurird]")
{
    Good good;
    good.use_own_pmode().four_corner = false;
    auto& peer = good.config.peers[0];
    peer.participants.clear();
    good.config.msh.participants.clear();
    good.config.clients[0].participants = {good.config.party_id};
    CHECK(good.mistakes().empty());
    CHECK(good.warnings().empty());

    peer.encryption_certificate.clear();
    good.config.pmodes.back().mode.algorithms.signature_token = {wss::TokenReference::bst_x509v3};
    const auto warnings = good.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("messages to it are refused") != std::string::npos);
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    CHECK(kurird::describe(good.config, *loaded).find("is not sent to") != std::string::npos);

    good.config.peers.push_back(peer); // of four corners
    good.config.peers.back().name = "c";
    good.config.peers.back().pmode = "sdk";
    CHECK(good.mistakes().find("[[participant]]: at least one is needed") != std::string::npos);
}

TEST_CASE("a peer of which no certificate is known can be verified by what it brings", "[kurird]")
{
    Good good;
    auto& mode = good.use_own_pmode();
    auto& peer = good.config.peers[0];
    peer.encryption_certificate.clear();
    peer.participants.clear();
    using Form = wss::TokenReference;
    const auto form = GENERATE(Form::subject_key_identifier, Form::issuer_serial);
    mode.algorithms.signature_token = {Form::bst_x509v3, form};
    const auto warnings = good.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("only messages that bring theirs can be verified") != std::string::npos);
    mode.algorithms.signature_token = {Form::bst_x509v3};
    CHECK(good.warnings().empty());
}

TEST_CASE("a known certificate that ends or has ended is a warning", "[kurird]")
{
    Good good;
    good.config.peers[0].known_certificates = {
        good.authority.expired_identity("AP0002-TEST").certificate_file
    };
    const auto warnings = good.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("known certificate expired") != std::string::npos);
}
