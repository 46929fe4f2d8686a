// SPDX-License-Identifier: Apache-2.0
// Who may send what, and what a header must be: refusals that come before any attachment is looked
// at.
#include "as4/unpack.hpp"

#include "recipe.hpp"

#include <catch2/catch.hpp>

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
        CHECK(refused(recipe) == "accepted");
        const auto signer = federation.identity("AP0003-TEST").signer();
        recipe.signer = &signer;
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
    CHECK(verified.error().code == as4::errc::signer_untrusted);
}

TEST_CASE(
    "encryption for another recipient is refused like any decryption that fails",
    "[as4][facts attack 12]"
)
{
    Recipe recipe(exchange());
    recipe.recipient = support::Authority().identity("AP0003-TEST").certificate();
    CHECK(refused(recipe) == "EBMS:0102");
}

TEST_CASE("a header that no P-Mode matches is refused", "[as4]")
{
    Recipe recipe(exchange());
    SECTION("party")
    {
        recipe.message.from.id.value = "AP0009-TEST";
    }
    SECTION("recipient")
    {
        recipe.message.to.id.value = "AP0009-TEST";
    }
    SECTION("role")
    {
        recipe.message.from.role = "urn:other";
    }
    SECTION("service")
    {
        recipe.message.service.value = "urn:other";
    }
    SECTION("action")
    {
        recipe.message.action = "urn:other";
    }
    SECTION("service type")
    {
        recipe.message.service.type = "urn:other";
    }
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
        recipe.after_signing = [](base::Bytes& soap) {
            soap.insert(0, "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>");
        };
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
        recipe.after_signing = replacing(
            "</S12:Header>", "<x xmlns=\"urn:x\" S12:mustUnderstand=\"true\"/></S12:Header>"
        );
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
        auto body = recipe.cook();
        replace(body.content_type, "<root>", "<other>");
        CHECK(refused(body) == "EBMS:0007");
        return;
    }
    CHECK(refused(recipe) == expected);
}

TEST_CASE(
    "algorithms and forms that the P-Mode does not allow are refused before any cryptography",
    "[as4][facts attack 10]"
)
{
    Recipe recipe(exchange());
    SECTION("signature")
    {
        recipe.after_signing =
            replacing("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1");
    }
    SECTION("digest")
    {
        const std::string end = "\"></ds:DigestMethod><ds:DigestValue";
        recipe.after_signing =
            replacing(std::string(wss::uri::sha256) + end, std::string(wss::uri::sha1) + end);
    }
    SECTION("content encryption")
    {
        recipe.after_signing = replacing("2009/xmlenc11#aes128-gcm", "2001/04/xmlenc#aes128-cbc");
    }
    SECTION("key transport")
    {
        recipe.after_signing = replacing("2009/xmlenc11#rsa-oaep", "2001/04/xmlenc#rsa-1_5");
    }
    SECTION("the hash of OAEP")
    {
        recipe.transport.oaep.digest = crypto::Hash::sha1;
    }
    SECTION("the mask of OAEP")
    {
        recipe.transport.oaep.mgf1 = crypto::Hash::sha1;
    }
    SECTION("transform")
    {
        recipe.after_signing = replacing(
            "Attachment-Content-Signature-Transform", "Attachment-Complete-Signature-Transform"
        );
    }
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
    CHECK(
        refused({"multipart/related; boundary=b; type=\"text/xml\"", "--b\r\n\r\n\r\n--b--"}) ==
        "EBMS:0007"
    );
    CHECK(refused({"multipart/related; boundary=b", ""}) == "EBMS:0007");
    CHECK(refused({"application/soap+xml", ""}) == "EBMS:0009");
}
