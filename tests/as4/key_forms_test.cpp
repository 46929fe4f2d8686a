// SPDX-License-Identifier: Apache-2.0
// How certificates are referred to, how long their keys are, and how the content key is wrapped:
// each through the whole of pack and unpack.
#include "crypto/random.hpp"
#include "recipe.hpp"

#include <catch2/catch.hpp>

using wss::TokenReference;

namespace {

const auto every_form = {
    TokenReference::bst_x509v3, TokenReference::bst_pkipath, TokenReference::subject_key_identifier,
    TokenReference::issuer_serial
};

// The answer to one message from A to B over the packer's own way.
std::string outcome(const support::Exchange& both)
{
    const auto packed = support::pack(both.a, both.b, both.now);
    const auto body = support::wire(packed, both.a, both.b);
    const auto verified = support::unpack(both.b.context(), body, both.now);
    if (!verified) return told(verified.error());
    CHECK(verified->signer() == both.a.signer.certificate());
    const auto receipt = as4::make_receipt(*verified, both.b.signer, both.now);
    const auto answer = as4::read_answer(
        "application/soap+xml", receipt.value().soap, packed.sealed, both.a.peer(), both.a.trust,
        both.now
    );
    if (!answer) return answer.error().text();
    CHECK(std::get<as4::ReceiptProof>(*answer).signer == both.b.signer.certificate());
    return "accepted";
}

// A recipe whose signer and whose known certificates at B are chosen.
std::string told_of(
    const crypto::Signer& signer, TokenReference form,
    const std::vector<crypto::Certificate>& pinned
)
{
    Recipe recipe(exchange());
    recipe.signer = &signer;
    recipe.signature_token = form;
    auto peer = exchange().b.peer();
    peer.pinned = pinned;
    const auto modes = pmode::PModes::make(support::party_b, {peer}).value();
    const auto& b = exchange().b;
    const as4::UnpackContext context{modes, b.signer, b.trust, b.spool->path(), {}};
    const auto verified = support::unpack(context, recipe.cook(), exchange().now);
    return verified ? "accepted" : told(verified.error());
}

} // namespace

TEST_CASE("message and receipt pass with each form of token reference", "[as4][ED115 1.4.2.4]")
{
    support::Terms terms;
    terms.pinned = GENERATE(true, false);
    const auto signature = GENERATE(from_range(every_form));
    const auto encryption = GENERATE(from_range(every_form));
    terms.pmode.algorithms.signature_token = {signature};
    terms.pmode.algorithms.encryption_token = {encryption};
    const support::Exchange both(terms);
    CHECK(outcome(both) == "accepted");
}

TEST_CASE("a form that is not agreed is refused", "[as4][ED115 1.4.2.4]")
{
    support::Terms terms;
    terms.pmode.algorithms.signature_token = {TokenReference::subject_key_identifier};
    terms.pmode.algorithms.encryption_token = {TokenReference::bst_x509v3};
    const support::Exchange both(terms);
    Recipe recipe(both);
    recipe.signature_token = TokenReference::subject_key_identifier;
    CHECK(refused(recipe, both) == "accepted");
    recipe.signature_token = TokenReference::bst_x509v3;
    CHECK(refused(recipe, both) == "EBMS:0103");
}

TEST_CASE("a reference to a renewed key means the certificate that is valid now", "[as4][ED115]")
{
    const support::Authority federation;
    const auto signer = exchange().a.signer.certificate();
    const auto former = federation.former_identity(support::party_a);
    const auto lookalike = federation.lookalike_identity(support::party_a).certificate();
    const auto& now = exchange().a.signer;
    const auto by_key = TokenReference::subject_key_identifier;
    CHECK(told_of(now, by_key, {former.certificate(), lookalike, signer}) == "accepted");
    // Its own old certificate was named, or is all we have: known, and no longer valid.
    const auto then = former.signer();
    CHECK(
        told_of(then, TokenReference::issuer_serial, {former.certificate(), signer}) == "EBMS:0101"
    );
    CHECK(told_of(then, TokenReference::bst_x509v3, {former.certificate(), signer}) == "EBMS:0101");
    CHECK(told_of(now, by_key, {lookalike}) == "EBMS:0101");
}

TEST_CASE("the content key may be named only by our own certificate", "[as4][facts attack 12]")
{
    support::Terms terms;
    const auto form = GENERATE(from_range(every_form));
    terms.pmode.algorithms.encryption_token = {form};
    const support::Exchange both(terms);
    const auto packed = support::pack(both.a, both.b, both.now);
    auto stranger = support::Side(std::move(support::Exchange(terms).b));
    stranger.signer = support::Authority().identity("AP0003-TEST").signer();
    const auto body = support::wire(packed, both.a, stranger);
    const auto verified = support::unpack(both.b.context(), body, both.now);
    REQUIRE_FALSE(verified);
    CHECK(told(verified.error()) == "EBMS:0102");
}

TEST_CASE("RSA keys of each size pass on both ends", "[as4][ED115][TA12][TA13]")
{
    support::Terms terms;
    terms.bits = GENERATE(2048, 3072, 4096);
    const support::Exchange both(terms);
    CHECK(both.a.signer.certificate().key_bits() == terms.bits);
    CHECK(outcome(both) == "accepted");
}

TEST_CASE("key transports of older peers pass where they are agreed", "[as4][ED115 1.4.2.4.2]")
{
    using crypto::Hash;
    const std::string mgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    const std::string oaep(wss::uri::rsa_oaep);
    const auto transport = GENERATE_COPY(values<wss::KeyTransport>({
        {mgf1p, {Hash::sha1, Hash::sha1}},
        {mgf1p, {Hash::sha256, Hash::sha1}},
        {oaep, {Hash::sha256, Hash::sha1}},
        {oaep, {Hash::sha1, Hash::sha1}},
    }));
    support::Terms terms;
    terms.pmode.algorithms.key_transport.push_back(transport);
    const support::Exchange older(terms);
    Recipe recipe(older);
    recipe.transport = transport;
    CHECK(refused(recipe, older) == "accepted");
    CHECK(refused(recipe) == "EBMS:0103");

    // What we send stays the first of the list.
    const auto body = support::wire(support::pack(older.a, older.b, older.now), older.a, older.b);
    CHECK(body.octets.find(wss::uri::mgf1_sha256) != base::Bytes::npos);

    // [XML Enc 1.1 5.5.2] parameters that are not written mean SHA-1.
    if (transport.uri == oaep) {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<xenc11:MGF");
            soap.erase(begin, soap.find("</xenc11:MGF>") + 13 - begin);
        };
        CHECK(refused(recipe, older) == "accepted");
    }
}

TEST_CASE("a wrapped key that does not open is told like every other failure", "[as4][attack 12]")
{
    using crypto::Hash;
    support::Terms terms;
    auto& transports = terms.pmode.algorithms.key_transport;
    transports.push_back({std::string(wss::uri::rsa_oaep), {Hash::sha256, Hash::sha1}});
    const support::Exchange both(terms);
    Recipe recipe(both);
    recipe.transport = GENERATE_COPY(from_range(transports));
    recipe.after_signing = [&](base::Bytes& soap) {
        const auto begin = soap.find("<xenc:CipherValue>") + 18;
        const auto end = soap.find("</xenc:CipherValue>");
        base::Bytes other = crypto::random_bytes(256);
        other[0] = '\0'; // less than the modulus
        soap.replace(begin, end - begin, base::base64(other));
    };
    const auto verified = support::unpack(both.b.context(), recipe.cook(), both.now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == crypto::errc::decryption_failed);
    CHECK(told(verified.error()) == "EBMS:0102");
    CHECK(as4::error_answer(verified.error()).detail == "decryption failed");
}

TEST_CASE("an error signal is signed with the form agreed", "[as4][ED115 1.4.2.4]")
{
    support::Terms terms;
    terms.pinned = true;
    const auto form = GENERATE(from_range(every_form));
    terms.pmode.algorithms.signature_token = {form};
    const support::Exchange both(terms);
    const auto sent = support::pack(both.a, both.b, both.now).sealed;
    const auto soap = as4::make_error_signal(
        as4::error_answer(base::Error(as4::errc::decompression)), sent.message_id, both.b.signer,
        both.now, form
    );
    const auto answer = as4::read_answer(
        "application/soap+xml", soap.value(), sent, both.a.peer(), both.a.trust, both.now
    );
    CHECK(std::get<as4::PeerError>(answer.value()).authentic);
}
