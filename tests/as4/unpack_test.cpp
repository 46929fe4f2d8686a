// SPDX-License-Identifier: Apache-2.0
// What is refused, and why; each refusal with the EBMS code of design 5.6. The good messages are in pack_test.cpp.
#include "as4/unpack.hpp"

#include "crypto/digest.hpp"
#include "recipe.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace {

const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

std::string refused(const support::HttpBody& body, const support::Exchange& both = exchange())
{
    const auto verified = support::unpack(both.b.context(), body, both.now);
    if (verified) return "accepted";
    INFO(verified.error().text());
    return told(verified.error());
}

std::string refused(const Recipe& recipe, const support::Exchange& both = exchange())
{
    return refused(recipe.cook(), both);
}

void replace(base::Bytes& text, std::string_view what, std::string_view with)
{
    const auto at = text.find(what);
    if (at == base::Bytes::npos) throw std::runtime_error("not found: " + std::string(what));
    text.replace(at, what.size(), with);
}

auto replacing(std::string what, std::string with)
{
    return [what = std::move(what), with = std::move(with)](base::Bytes& text) { replace(text, what, with); };
}

// What a Verified proves: all of it but the octets of the envelope, some of which (white space, EncryptedKey's form) nobody signs.
std::string proven(const as4::Verified& verified)
{
    const auto& message = verified.message();
    std::string all = ebms::write(message, "x") + verified.signer().fingerprint() + verified.signed_info_digest() + verified.peer().name;
    for (const auto& reference : verified.references()) all += reference;
    for (const auto& part : verified.parts()) {
        all += part.content_id + "|" + part.mime_type + "|" + part.character_set + "|" + std::to_string(part.plain_size) +
               (part.compressed ? "z" : "p") + part.sha256 + support::content_octets(part.content);
    }
    return all;
}

} // namespace

TEST_CASE("a message put together by hand is accepted as it stands", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->message().info.message_id == recipe.message.info.message_id);
    CHECK(verified->peer().party_id == support::party_a);
    CHECK(verified->signer() == exchange().a.signer.certificate());
    CHECK(verified->references().size() == 4);
    REQUIRE(verified->parts().size() == 2);
    CHECK(support::gunzip(support::content_octets(verified->parts()[1].content)) == "<Second/>");
    CHECK(verified->parts()[1].plain_size == 9);
    CHECK(verified->parts()[1].mime_type == "text/xml");
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("a part that the signature does not cover is refused", "[as4][AS4 5.1.5]")
{
    Recipe recipe(exchange());
    recipe.digests.clear();
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("a part that the P-Mode wants encrypted is refused in clear", "[as4][AS4 5.1.7]")
{
    Recipe recipe(exchange());
    recipe.encrypted.clear();
    recipe.parts[0].encrypted = false;
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("one of two parts left in clear is refused", "[as4][AS4 5.1.7]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    recipe.encrypted.pop_back();
    recipe.parts[1].encrypted = false;
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("without encryption in the P-Mode a part may come in clear, and must still be signed", "[as4]")
{
    support::Terms terms;
    terms.pmode.must_encrypt = false;
    const support::Exchange open(terms);
    Recipe recipe(open);
    CHECK(refused(recipe, open) == "accepted");
    recipe.encrypted.clear();
    recipe.parts[0].encrypted = false;
    recipe.parts[0].type = "application/gzip";
    CHECK(refused(recipe, open) == "accepted");
    recipe.parts[0].octets += '\0';
    CHECK(refused(recipe, open) == "EBMS:0101");
    recipe.digests.clear();
    CHECK(refused(recipe, open) == "EBMS:0103");
}

TEST_CASE("parts and PartInfo that do not match are refused", "[as4][TA08]")
{
    Recipe recipe(exchange());
    SECTION("a MIME part more") { recipe.parts.push_back({"extra", "text/plain", "x", false}); }
    SECTION("a MIME part without Content-ID") { recipe.parts.push_back({"", "text/plain", "x", false}); }
    SECTION("a MIME part less") { recipe.parts.clear(); }
    SECTION("no MIME at all") { recipe.multipart = false; }
    SECTION("a part signed that PayloadInfo does not name") { recipe.digests.push_back({"other", crypto::sha256("")}); }
    SECTION("a part encrypted that PayloadInfo does not name") { recipe.encrypted.push_back({"other", "text/plain"}); }
    SECTION("the same Content-ID twice") { recipe.parts.push_back(recipe.parts[0]); }
    SECTION("the Content-ID of the SOAP part")
    {
        recipe.message.parts[0].href = "cid:root";
        recipe.digests[0].content_id = recipe.encrypted[0].content_id = recipe.parts[0].content_id = "root";
    }
    SECTION("an external address") { recipe.message.parts[0].href = "https://example.org/payload"; }
    SECTION("a payload in the Body") { recipe.message.parts[0].href = ""; }
    SECTION("one part named in two spellings")
    {
        recipe.message.parts.push_back(recipe.message.parts[0]);
        recipe.message.parts[1].href = "cid:%6dessage";
    }
    SECTION("something in the Body") { recipe.after_signing = replacing("></S12:Body>", "><x/></S12:Body>"); }
    SECTION("text in the Body") { recipe.after_signing = replacing("></S12:Body>", ">x</S12:Body>"); }
    CHECK(refused(recipe) == "EBMS:0011");
}

TEST_CASE("percent-encoded cid and a missing start are borne", "[as4]")
{
    Recipe recipe(exchange());
    recipe.message.parts[0].href = "cid:m%65ssage";
    recipe.name_start = false;
    CHECK(refused(recipe) == "accepted");
}

TEST_CASE("attachments before the SOAP part are held back within a limit", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", base::Bytes(100'000, 'x') + "end");
    recipe.soap_position = GENERATE(1u, 2u);
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now, 777);
    REQUIRE(verified);
    CHECK(verified->parts()[0].content_id == "message");
    CHECK(verified->parts()[1].plain_size == 100'003);
    CHECK(refused(recipe) == "accepted");

    auto context = exchange().b.context();
    context.limits.early_part = 20;
    const auto early = support::unpack(context, recipe.cook(), exchange().now);
    REQUIRE_FALSE(early);
    CHECK(early.error().code == as4::errc::too_early);
    CHECK(told(early.error()) == "EBMS:0007");
}

TEST_CASE("an early attachment is checked like any other", "[as4]")
{
    Recipe recipe(exchange());
    recipe.soap_position = 1;
    recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) { octets[20] = static_cast<char>(octets[20] ^ 1); };
    CHECK(refused(recipe) == "EBMS:0102");
    recipe.parts.push_back({"extra", "text/plain", "x", false});
    recipe.soap_position = 2;
    recipe.alter_wire_part = [](base::Bytes&, std::size_t) {};
    CHECK(refused(recipe) == "EBMS:0011");
}

TEST_CASE("parts in another order than PartInfo come out in PartInfo order", "[as4][TA45]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    std::swap(recipe.parts[0], recipe.parts[1]);
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->parts()[0].content_id == "message");
    CHECK(verified->parts()[1].content_id == "second");
}

TEST_CASE("a signer that is not the party's is refused", "[as4][DR_TA04]")
{
    const support::Authority federation;
    Recipe recipe(exchange());
    SECTION("of another authority, with the party's name")
    {
        const auto signer = support::Authority("stranger").identity(support::party_a).signer();
        recipe.signer = &signer;
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("trusted, but another party")
    {
        const auto signer = federation.identity("AP0003-TEST").signer();
        recipe.signer = &signer;
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("the recipient's own certificate")
    {
        recipe.signer = &exchange().b.signer;
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("expired")
    {
        const auto signer = federation.expired_identity(support::party_a).signer();
        recipe.signer = &signer;
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("a certificate that is not for signatures")
    {
        const auto signer = federation.encryption_only_identity(support::party_a).signer();
        recipe.signer = &signer;
        CHECK(refused(recipe) == "EBMS:0101");
    }
    SECTION("not the pinned one, though the authority is trusted")
    {
        support::Terms terms;
        terms.pinned = true;
        const support::Exchange pinned(terms);
        CHECK(refused(recipe, pinned) == "accepted");
        const auto signer = federation.identity("AP0003-TEST").signer();
        recipe.signer = &signer;
        CHECK(refused(recipe, pinned) == "EBMS:0101");
    }
    SECTION("named by a reference that leads to no certificate we have")
    {
        recipe.signature_token = wss::TokenReference::issuer_serial;
        CHECK(refused(recipe) == "EBMS:0101");
    }
}

TEST_CASE("a certificate is judged at the time of reception", "[as4][TA DR02]")
{
    const auto body = Recipe(exchange()).cook();
    const auto late = exchange().now + std::chrono::hours(24 * 365 * 20);
    const auto verified = support::unpack(exchange().b.context(), body, late);
    REQUIRE_FALSE(verified);
    CHECK(told(verified.error()) == "EBMS:0101");
}

TEST_CASE("the private key is not used for a stranger", "[as4]")
{
    // The wrapped key is nonsense; if OAEP came first, the answer would be about decryption.
    Recipe recipe(exchange());
    const auto signer = support::Authority("stranger").identity(support::party_a).signer();
    recipe.signer = &signer;
    recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) { octets.clear(); };
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == as4::errc::not_authorised);
}

TEST_CASE("encryption for another recipient is refused", "[as4]")
{
    Recipe recipe(exchange());
    recipe.recipient = support::Authority().identity("AP0003-TEST").certificate();
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("damage to what is encrypted has one answer", "[as4][facts attack 12]")
{
    Recipe recipe(exchange());
    const auto answer_to = [&](const Recipe& damaged) {
        const auto verified = support::unpack(exchange().b.context(), damaged.cook(), exchange().now);
        if (verified) return std::string("accepted");
        const auto answer = as4::error_answer(verified.error());
        return std::string(answer.code->code) + " " + answer.detail;
    };
    const std::string uniform = "EBMS:0102 decryption failed";
    SECTION("the wrapped key")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto at = soap.find("<xenc:CipherValue>") + 30;
            soap[at] = soap[at] == 'A' ? 'B' : 'A';
        };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("the IV, the ciphertext, the tag")
    {
        const auto at = GENERATE(0, 11, 12, 20, -1, -16);
        recipe.alter_wire_part = [at](base::Bytes& octets, std::size_t) {
            auto& octet = octets[at < 0 ? octets.size() - static_cast<std::size_t>(-at) : static_cast<std::size_t>(at)];
            octet = static_cast<char>(octet ^ 0x10);
        };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("cut short")
    {
        const auto left = GENERATE(0u, 1u, 12u, 27u, 28u, 40u);
        recipe.alter_wire_part = [left](base::Bytes& octets, std::size_t) { octets.resize(left); };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("octets added")
    {
        recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) { octets += "more"; };
        CHECK(answer_to(recipe) == uniform);
    }
    SECTION("digest and tag both wrong")
    {
        recipe.digests[0].sha256 = crypto::sha256("something else");
        recipe.alter_wire_part = [](base::Bytes& octets, std::size_t) { octets[13] = static_cast<char>(octets[13] ^ 1); };
        CHECK(answer_to(recipe) == uniform);
    }
}

TEST_CASE("an attachment with another digest than the signed one is refused", "[as4][TA35]")
{
    Recipe recipe(exchange());
    recipe.parts[0].octets = support::gzip("<Forged/>");
    CHECK(refused(recipe) == "EBMS:0101");
    // and the digest comes before the outcome of inflating: what is not signed is not judged further
    recipe.parts[0].octets = "not gzip";
    CHECK(refused(recipe) == "EBMS:0101");
}

TEST_CASE("gzip that is broken or a bomb is refused", "[as4][TA30]")
{
    support::Terms terms;
    terms.pmode.limits.inflated = 64 << 20;
    const support::Exchange both(terms);
    Recipe recipe(both);
    base::Bytes octets = support::gzip("<XHE/>");
    SECTION("not gzip") { octets = "<XHE/>"; }
    SECTION("cut") { octets.pop_back(); }
    SECTION("octets after the end") { octets += "x"; }
    SECTION("wrong CRC") { octets[octets.size() - 6] = static_cast<char>(octets[octets.size() - 6] ^ 1); }
    SECTION("empty") { octets.clear(); }
    SECTION("a bomb by ratio") { octets = support::gzip(base::Bytes(30 << 20, '\0')); }
    SECTION("a bomb by size")
    {
        const base::Bytes member = support::gzip(base::Bytes(1 << 20, '\0'));
        for (int i = 0; i < 70; ++i) octets += member;
    }
    recipe.parts[0].octets = octets;
    recipe.digests[0].sha256 = crypto::sha256(octets);
    CHECK(refused(recipe, both) == "EBMS:0303");
}

TEST_CASE("a part over the size limit is told by HTTP 413", "[as4]")
{
    support::Terms terms;
    terms.pmode.limits.compressed = 1000;
    terms.pmode.limits.plain_text = 500;
    const support::Exchange both(terms);
    Recipe recipe(both);
    CHECK(refused(recipe, both) == "accepted");
    SECTION("as it travels") { recipe.parts[0].octets = base::Bytes(1000, 'x'); }
    SECTION("text that is kept whole")
    {
        recipe.message.parts[0].properties = {{"MimeType", "text/plain", ""}};
        recipe.encrypted[0].mime_type = "text/plain";
        recipe.parts[0].octets = base::Bytes(600, 'x');
    }
    CHECK(refused(recipe, both) == "413 EBMS:0004");
}

TEST_CASE("part properties that cannot be used are refused", "[as4][TA26][TA29]")
{
    Recipe recipe(exchange());
    auto& properties = recipe.message.parts[0].properties;
    SECTION("no MimeType with compression") { properties = {{"CompressionType", "application/gzip", ""}}; }
    SECTION("another compression") { properties[1].value = "application/x-bzip2"; }
    SECTION("no encoding name") { properties.push_back({"CharacterSet", "!utf*", ""}); }
    SECTION("a property twice") { properties.push_back({"MimeType", "text/plain", ""}); }
    CHECK(refused(recipe) == "EBMS:0003");
}

TEST_CASE("a CharacterSet that is an encoding name is told to the consumer", "[as4][TA27]")
{
    Recipe recipe(exchange());
    recipe.message.parts[0].properties.push_back({"CharacterSet", "UTF-16", ""});
    const auto verified = support::unpack(exchange().b.context(), recipe.cook(), exchange().now);
    REQUIRE(verified);
    CHECK(verified->parts()[0].character_set == "UTF-16");
}

TEST_CASE("more parts than the P-Mode has are refused before decryption", "[as4]")
{
    Recipe recipe(exchange());
    for (int i = 0; i < 16; ++i) recipe.add("part-" + std::to_string(i), "x");
    CHECK(refused(recipe) == "EBMS:0007");
}

TEST_CASE("a header that no P-Mode matches is refused", "[as4]")
{
    Recipe recipe(exchange());
    SECTION("party") { recipe.message.from.id.value = "AP0009-TEST"; }
    SECTION("recipient") { recipe.message.to.id.value = "AP0009-TEST"; }
    SECTION("role") { recipe.message.from.role = "urn:other"; }
    SECTION("service type") { recipe.message.service.type = "urn:other"; }
    CHECK(refused(recipe) == "EBMS:0010");
}

TEST_CASE("what is not one UserMessage in one SOAP envelope is refused", "[as4]")
{
    Recipe recipe(exchange());
    std::string expected;
    SECTION("a second UserMessage")
    {
        recipe.before_signing = [](base::Bytes& messaging) {
            const auto begin = messaging.find("<eb:UserMessage");
            const auto end = messaging.find("</eb:Messaging>");
            messaging.insert(end, messaging.substr(begin, end - begin));
        };
        expected = "EBMS:0003";
    }
    SECTION("a second eb:Messaging")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<eb:Messaging");
            const auto end = soap.find("</S12:Header>");
            soap.insert(begin, soap.substr(begin, end - begin));
        };
        expected = "EBMS:0009";
    }
    SECTION("a document type")
    {
        recipe.after_signing = [](base::Bytes& soap) { soap.insert(0, "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"); };
        expected = "EBMS:0009";
    }
    SECTION("not well-formed")
    {
        recipe.after_signing = replacing("</S12:Envelope>", "</S12:Envelop>");
        expected = "EBMS:0009";
    }
    SECTION("over the limits of XML")
    {
        recipe.after_signing = [](base::Bytes& soap) { soap.append(1100 * 1024, ' '); };
        expected = "EBMS:0009";
    }
    SECTION("a foreign block that must be understood")
    {
        recipe.after_signing = replacing("</S12:Header>", "<x xmlns=\"urn:x\" S12:mustUnderstand=\"true\"/></S12:Header>");
        expected = "EBMS:0009";
    }
    SECTION("MessageId missing")
    {
        recipe.before_signing = [](base::Bytes& messaging) {
            const auto begin = messaging.find("<eb:MessageId>");
            messaging.erase(begin, messaging.find("</eb:MessageId>") + 15 - begin);
        };
        expected = "EBMS:0009";
    }
    SECTION("no signature")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<ds:Signature ");
            soap.erase(begin, soap.find("</ds:Signature>") + 15 - begin);
        };
        expected = "EBMS:0103";
    }
    SECTION("no wsse:Security")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto begin = soap.find("<wsse:Security ");
            soap.erase(begin, soap.find("</wsse:Security>") + 16 - begin);
        };
        expected = "EBMS:0103";
    }
    SECTION("a wsu:Timestamp that nobody signed")
    {
        recipe.after_signing = replacing("</wsse:Security>", "<wsu:Timestamp><wsu:Created>2026-11-22T00:00:00Z</wsu:Created></wsu:Timestamp></wsse:Security>");
        expected = "EBMS:0103";
    }
    SECTION("a changed header")
    {
        recipe.after_signing = replacing("<eb:ConversationId>", "<eb:ConversationId>x");
        expected = "EBMS:0101";
    }
    SECTION("a changed SignedInfo")
    {
        recipe.after_signing = [](base::Bytes& soap) {
            const auto at = soap.find("<ds:DigestValue>") + 17;
            soap[at] = soap[at] == 'A' ? 'B' : 'A';
        };
        expected = "EBMS:0101";
    }
    SECTION("a start that names nothing")
    {
        recipe.after_signing = [](base::Bytes&) {};
        auto body = recipe.cook();
        replace(body.content_type, "<root>", "<other>");
        CHECK(refused(body) == "EBMS:0007");
        return;
    }
    CHECK(refused(recipe) == expected);
}

TEST_CASE("algorithms and forms that the P-Mode does not allow are refused before any cryptography", "[as4][facts attack 10]")
{
    Recipe recipe(exchange());
    SECTION("signature") { recipe.after_signing = replacing("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"); }
    SECTION("digest") { recipe.after_signing = replacing("DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue", "DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"></ds:DigestMethod><ds:DigestValue"); }
    SECTION("content encryption") { recipe.after_signing = replacing("2009/xmlenc11#aes128-gcm", "2001/04/xmlenc#aes128-cbc"); }
    SECTION("key transport") { recipe.after_signing = replacing("2009/xmlenc11#rsa-oaep", "2001/04/xmlenc#rsa-1_5"); }
    SECTION("the hash of OAEP") { recipe.transport.oaep.digest = crypto::Hash::sha1; }
    SECTION("the mask of OAEP") { recipe.transport.oaep.mgf1 = crypto::Hash::sha1; }
    SECTION("transform") { recipe.after_signing = replacing("Attachment-Content-Signature-Transform", "Attachment-Complete-Signature-Transform"); }
    SECTION("token reference")
    {
        support::Terms terms;
        terms.pmode.algorithms.signature_token = {wss::TokenReference::bst_pkipath};
        const support::Exchange strict(terms);
        CHECK(refused(recipe, strict) == "EBMS:0103");
        return;
    }
    CHECK(refused(recipe) == "EBMS:0103");
}

TEST_CASE("a signal where a UserMessage belongs is refused", "[as4]")
{
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    const auto signal = as4::make_error_signal(answer, "x@y", exchange().a.signer, exchange().now);
    REQUIRE(signal);
    CHECK(refused({"application/soap+xml", *signal}) == "EBMS:0008");
}

TEST_CASE("a body that is no AS4 is refused", "[as4]")
{
    CHECK(refused({"text/html", "<html/>"}) == "EBMS:0007");
    CHECK(refused({"", ""}) == "EBMS:0007");
    CHECK(refused({"multipart/related", "x"}) == "EBMS:0007");
    CHECK(refused({"multipart/mixed; boundary=b", "--b\r\n\r\n\r\n--b--"}) == "EBMS:0007");
    CHECK(refused({"multipart/related; boundary=b; type=\"text/xml\"", "--b\r\n\r\n\r\n--b--"}) == "EBMS:0007");
    CHECK(refused({"multipart/related; boundary=b", ""}) == "EBMS:0007");
    CHECK(refused({"application/soap+xml", ""}) == "EBMS:0009");
}

TEST_CASE("a message cut anywhere is refused", "[as4][facts attack 18]")
{
    const auto whole = Recipe(exchange()).cook();
    const auto closing = whole.octets.rfind("--\r\n");
    const auto context = exchange().b.context();
    for (std::size_t at = 0; at < closing; at += at + 300 < closing ? 211 : 1) {
        const support::HttpBody cut{whole.content_type, whole.octets.substr(0, at)};
        INFO("cut at " << at);
        CHECK_FALSE(support::unpack(context, cut, exchange().now));
    }
}

TEST_CASE("any octet flipped is refused or changes nothing that was proven", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second>payload</Second>");
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto good = support::unpack(context, whole, exchange().now);
    REQUIRE(good);
    const auto truth = proven(*good);
    std::mt19937 random(20261122);
    int refusals = 0;
    for (int round = 0; round < 700; ++round) {
        auto damaged = whole;
        auto& octet = damaged.octets[random() % damaged.octets.size()];
        octet = static_cast<char>(octet ^ (1 << (random() % 8)));
        const auto verified = support::unpack(context, damaged, exchange().now);
        if (!verified) ++refusals;
        else CHECK(proven(*verified) == truth);
    }
    CHECK(refusals > 500);
}

TEST_CASE("every bit of the attachments and of the signed elements counts", "[as4]")
{
    const Recipe recipe(exchange());
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto good = support::unpack(context, whole, exchange().now);
    const auto truth = proven(good.value());
    const auto part = whole.octets.find("Content-ID: <message>\r\n\r\n") + 25;
    const auto end = whole.octets.rfind("\r\n--recipe-boundary--");
    for (std::size_t at = part; at < end; ++at) {
        auto damaged = whole;
        damaged.octets[at] = static_cast<char>(damaged.octets[at] ^ (1 << (at % 8)));
        INFO("at " << at - part);
        CHECK_FALSE(support::unpack(context, damaged, exchange().now));
    }
    for (const std::string_view element : {"<eb:Messaging", "<ds:SignedInfo"}) {
        const auto begin = whole.octets.find(element);
        const auto close = whole.octets.find("</" + std::string(element.substr(1)), begin);
        for (std::size_t at = begin; at < close; at += 7) {
            auto damaged = whole;
            damaged.octets[at] = static_cast<char>(damaged.octets[at] ^ 1);
            // Only a prefix that the envelope declares as well can change without changing the canonical form.
            INFO(element << " at " << at - begin);
            const auto verified = support::unpack(context, damaged, exchange().now);
            if (verified) CHECK(proven(*verified) == truth);
        }
    }
}

TEST_CASE("the pieces in which a message comes do not matter", "[as4]")
{
    Recipe recipe(exchange());
    recipe.add("second", "<Second/>");
    const auto whole = recipe.cook();
    const auto context = exchange().b.context();
    const auto at_once = support::unpack(context, whole, exchange().now, whole.octets.size());
    REQUIRE(at_once);
    for (const std::size_t piece : {1u, 2u, 3u, 17u, 64u, 1000u}) {
        const auto verified = support::unpack(context, whole, exchange().now, piece);
        REQUIRE(verified);
        CHECK(proven(*verified) == proven(*at_once));
    }
}

TEST_CASE("the first error stays the answer", "[as4]")
{
    Recipe recipe(exchange());
    recipe.digests.clear();
    const auto body = recipe.cook();
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, exchange().now);
    REQUIRE(unpacker);
    const auto fed = unpacker->feed(body.octets);
    REQUIRE_FALSE(fed);
    CHECK(unpacker->feed("more").error().code == fed.error().code);
    CHECK(unpacker->finish().error().code == fed.error().code);
    CHECK(unpacker->message_id() == recipe.message.info.message_id);
    CHECK(unpacker->peer() != nullptr);
}

TEST_CASE("a peer is named only after its signature was proven", "[as4]")
{
    Recipe recipe(exchange());
    recipe.after_signing = replacing("<eb:ConversationId>", "<eb:ConversationId>x");
    const auto body = recipe.cook();
    const auto context = exchange().b.context();
    auto unpacker = as4::Unpacker::start(context, body.content_type, exchange().now);
    REQUIRE_FALSE(unpacker->feed(body.octets));
    CHECK(unpacker->message_id() == recipe.message.info.message_id);
    CHECK(unpacker->peer() == nullptr);
}

TEST_CASE("nothing is left in the spool folder after a refused message", "[as4]")
{
    Recipe recipe(exchange());
    base::Bytes large(300'000, ' ');
    std::mt19937 random(1);
    for (auto& octet : large) octet = static_cast<char>(random());
    recipe.add("large", large);
    recipe.parts.pop_back();
    recipe.parts.push_back({"large", "application/octet-stream", support::gzip(large)});
    recipe.digests.back().sha256 = crypto::sha256("another");
    CHECK(refused(recipe) == "EBMS:0101");
    CHECK(base::list_folder(exchange().b.spool->path()).value().empty());
}
