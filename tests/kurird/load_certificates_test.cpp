// SPDX-License-Identifier: Apache-2.0
// What --check says of certificates: each can be the next reason why nothing goes through.
#include "kurird/load_certificates.hpp"

#include "good_configuration.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

bool warns(const Good& good, const std::string& where, const std::string& what)
{
    const auto warnings = good.warnings();
    for (const auto& warning : warnings)
        UNSCOPED_INFO(warning);
    return std::ranges::any_of(warnings, [&](const std::string& warning) {
        return warning.find(where) == 0 && warning.find(what) != std::string::npos;
    });
}

base::Path encrypted(const Good& good, const base::Path& key)
{
    const auto file = good.folder.path() / "encrypted.pem";
    const auto command = "openssl pkey -aes256 -passout pass:x -in '" + key.string() + "' -out '" +
                         file.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return file;
}

} // namespace

TEST_CASE("an expired TLS certificate is told, wherever it is used", "[kurird]")
{
    Good good;
    const auto expired = good.authority.expired_identity("AP0001-TEST");
    const auto use = [&](http::TlsFiles& files) {
        files.key = expired.key_file;
        files.certificate = expired.certificate_file;
    };
    auto& config = good.config;
    std::string table;
    SECTION("the AS4 door")
    {
        use(config.as4.files);
        table = "[as4]";
    }
    SECTION("the REST door")
    {
        use(config.rest.files);
        table = "[rest]";
    }
    SECTION("all that is sent")
    {
        use(config.send_tls);
        table = "[send]";
    }
    SECTION("what is sent to one peer")
    {
        use(config.peers[0].tls);
        table = "[[peer]] b";
    }
    const auto which = crypto::described(expired.certificate());
    CHECK(warns(good, table + " tls_certificate expired 2021-01-01", which));
    CHECK(good.warnings().size() == 1);
}

TEST_CASE("an expired CA of a door is told", "[kurird]")
{
    Good good;
    const auto expired = good.authority.expired_identity("AP0001-TEST");
    good.config.as4.files.ca = expired.certificate_file;
    CHECK(warns(good, "[as4] tls_ca expired", "AP0001-TEST"));
}

TEST_CASE("a certificate with less than 14 days left is told", "[kurird]")
{
    Good good;
    const auto own =
        good.authority.short_lived_identity("AP0001-TEST", std::chrono::hours(24 * 13));
    good.config.key = own.key_file;
    good.config.certificate = own.certificate_file;
    CHECK(warns(good, "[node] certificate expires", "in less than 14 days"));
    std::filesystem::remove_all(own.key_file.parent_path());
    const auto later =
        good.authority.short_lived_identity("AP0001-TEST", std::chrono::hours(24 * 15));
    good.config.key = later.key_file;
    good.config.certificate = later.certificate_file;
    CHECK(good.warnings().empty());
    std::filesystem::remove_all(later.key_file.parent_path());
}

TEST_CASE("a CA in node.trust that issued nothing of ours or of a peer is told", "[kurird]")
{
    Good good;
    good.config.trust = support::Authority("strangers").certificate_file();
    CHECK(warns(good, "[node] trust has no CA that issued our own certificate", ""));
    CHECK(warns(
        good, "[[peer]] b: encryption certificate was issued by no CA of node.trust", "AP0002"
    ));
}

TEST_CASE("an encryption certificate of another party is told", "[kurird]")
{
    Good good;
    good.config.peers[0].encryption_certificate =
        good.authority.identity("AP0003-TEST").certificate_file;
    CHECK(warns(good, "[[peer]] b: encryption certificate is not for AP0002-TEST", "AP0003-TEST"));
    // Unless it is pinned: then the operator has said so.
    good.config.peers[0].certificates = {good.config.peers[0].encryption_certificate};
    CHECK(good.warnings().empty());
}

TEST_CASE("a clock by which all our certificates are invalid is suspected by --check", "[kurird]")
{
    const Good good;
    const auto early = base::parse_time("2026-02-01T00:00:00Z").value();
    const auto loaded = kurird::load(good.config, early);
    REQUIRE(loaded);
    REQUIRE_FALSE(loaded->warnings.empty());
    CHECK(loaded->warnings.back().find("the clock of this machine is suspected") == 0);
    CHECK(good.warnings().empty());
    // Signing, TLS and their CA count for us; what is known of a peer for the peer.
    REQUIRE(loaded->witnesses.size() == 2);
    CHECK(loaded->witnesses[0].certificates.size() == 2); // node.certificate, [as4]
    CHECK(loaded->witnesses[0].long_lived.size() >= 3);
    CHECK(loaded->witnesses[0].peer.empty());
    CHECK(loaded->witnesses[1].peer == "b");
}

TEST_CASE("a clock that is ahead of all certificates is suspected, whatever CAs say", "[kurird]")
{
    Good good;
    const auto suspected = [&] {
        const auto warnings = good.warnings();
        for (const auto& warning : warnings)
            UNSCOPED_INFO(warning);
        return warnings.back().find("the clock of this machine is suspected") == 0;
    };
    const auto own = good.authority.expired_identity("AP0001-TEST");
    good.config.key = good.config.as4.files.key = own.key_file;
    good.config.certificate = good.config.as4.files.certificate = own.certificate_file;
    SECTION("one of a peer has expired too")
    {
        good.config.peers[0].encryption_certificate =
            good.authority.expired_identity("AP0002-TEST").certificate_file;
        CHECK(suspected());
    }
    SECTION("that of a peer is valid")
    {
        CHECK_FALSE(suspected());
    }
    SECTION("a chain in the file of a door counts as its first certificate")
    {
        const auto valid = good.authority.certificate().pem();
        const auto other = good.authority.expired_identity("AP0003-TEST");
        good.config.as4.files.key = other.key_file;
        good.config.as4.files.certificate =
            good.write("chain.pem", other.certificate().pem() + valid);
        good.config.peers[0].encryption_certificate =
            good.authority.expired_identity("AP0002-TEST").certificate_file;
        CHECK(suspected());
    }
}

TEST_CASE("a key under a passphrase is named as that, with the way out", "[kurird]")
{
    Good good;
    SECTION("of node.key")
    {
        good.config.key = encrypted(good, good.config.key);
    }
    SECTION("of a door")
    {
        good.config.as4.files.key = encrypted(good, good.config.key);
    }
    const auto mistakes = good.mistakes();
    CAPTURE(mistakes);
    CHECK(mistakes.find("the key is encrypted") != std::string::npos);
    CHECK(mistakes.find("openssl pkey -in") != std::string::npos);
    CHECK(mistakes.find("error:") == std::string::npos); // no codes of OpenSSL
}

TEST_CASE("errors name the configuration key that holds for the peer", "[kurird]")
{
    Good good;
    const auto keys = [&] {
        const auto loaded = kurird::load(good.config, base::now());
        REQUIRE(loaded);
        const auto& to = *loaded->destinations.at("b");
        return std::pair(to.ca_key, to.certificate_key);
    };
    CHECK(keys().first == "send.tls_ca (not set: the CAs of the system are trusted)");
    CHECK(keys().second == "send.tls_key and send.tls_certificate");
    good.config.send_tls.ca = good.authority.certificate_file();
    CHECK(keys().first == "send.tls_ca");
    good.config.peers[0].tls.ca = good.authority.certificate_file();
    const auto own = good.authority.identity("AP0001-TEST");
    good.config.peers[0].tls.key = own.key_file;
    good.config.peers[0].tls.certificate = own.chain_file;
    CHECK(keys().first == "tls_ca of [[peer]] b");
    CHECK(keys().second == "tls_key of [[peer]] b and tls_certificate of [[peer]] b");
}
