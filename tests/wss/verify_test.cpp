// SPDX-License-Identifier: Apache-2.0
// Signatures that must not verify: wrapping, gaps in coverage, and every flipped octet.
#include "crypto/digest.hpp"
#include "wss/message.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

using message::first_replaced;
using message::re_signed;
using message::refusal;
using message::replaced;

namespace {

const std::string second_messaging = "<eb:Messaging xmlns:eb=\"" + std::string(wss::uri::eb) +
                                     "\"><eb:UserMessage>forged</eb:UserMessage></eb:Messaging>";

std::string piece(const std::string& soap, const std::string& begin, const std::string& end)
{
    const std::size_t start = soap.find(begin);
    REQUIRE(start != std::string::npos);
    const std::size_t stop = soap.find(end, start);
    REQUIRE(stop != std::string::npos);
    return soap.substr(start, stop + end.size() - start);
}

std::string reference_to(const std::string& soap, const std::string& uri)
{
    std::size_t start = soap.find("<ds:Reference URI=\"" + uri);
    REQUIRE(start != std::string::npos);
    return soap.substr(start, soap.find("</ds:Reference>", start) + 15 - start);
}

std::string body_of(const std::string& soap)
{
    return piece(soap, "<S12:Body", "</S12:Body>");
}

std::string body_id_of(const std::string& soap)
{
    const std::string body = body_of(soap);
    const std::size_t start = body.find("wsu:Id=\"") + 8;
    return body.substr(start, body.find('"', start) - start);
}

} // namespace

TEST_CASE("What we sign verifies and names its attachments", "[wss][AS4 5.1.5]")
{
    const wss::SignedEnvelope envelope = message::envelope();
    const auto parts = message::verify(envelope.soap);
    REQUIRE(parts);
    REQUIRE(parts->attachments.size() == 2);
    CHECK(parts->attachments.at("message").digest == crypto::sha256("one"));
    CHECK(parts->attachments.at("attachment@x").digest == crypto::sha256("two"));
    CHECK(parts->attachments.at("message").xml == envelope.references[2].xml);
    CHECK(parts->signed_info_digest == envelope.signed_info_digest);
}

TEST_CASE("Another message, re-signed by its sender, verifies: the tests' forger works", "[wss]")
{
    CHECK(message::verify(re_signed(replaced(message::signed_soap(), "1@test", "2@test"))));
}

TEST_CASE("No flipped bit changes what a verified header says", "[wss][AS4 5.1.5]")
{
    const wss::SignedEnvelope original = message::envelope();
    const std::size_t messaging_at = original.soap.find("<eb:Messaging");
    std::size_t verified = 0;
    for (std::size_t at = 0; at < original.soap.size(); at += at < messaging_at ? 7 : 2) {
        std::string soap = original.soap;
        soap[at] = static_cast<char>(static_cast<unsigned char>(soap[at]) ^ (1U << at % 7));
        const auto parts = message::verify(soap);
        if (!parts) continue;
        ++verified; // an Id of ds:Signature, a redundant declaration …: nothing that the canonical
                    // form has
        INFO(at << " " << soap.substr(at > 30 ? at - 30 : 0, 60));
        const auto document = xml::Document::parse(soap);
        const auto places = wss::locate(*document);
        CHECK(xml::canonical(places->messaging).value() == message::messaging());
        CHECK(xml::canonical(places->body).value() == body_of(original.soap));
        CHECK(parts->signed_info_digest == original.signed_info_digest);
    }
    CHECK(verified < original.soap.size() / 10);
}

TEST_CASE("A header signed by somebody else's key is refused", "[wss]")
{
    CHECK(refusal(re_signed(message::signed_soap(), message::bob())) == wss::errc::bad_signature);
}

TEST_CASE("A changed Messaging or Body is refused by its digest", "[wss][AS4 5.1.5]")
{
    const std::string soap = message::signed_soap();
    CHECK(refusal(replaced(soap, "1@test", "2@test")) == wss::errc::bad_digest);
    CHECK(refusal(replaced(soap, "></S12:Body>", "> </S12:Body>")) == wss::errc::bad_digest);
    CHECK(
        refusal(replaced(soap, "></S12:Body>", "><eb:x xmlns:eb=\"urn:x\"/></S12:Body>")) ==
        wss::errc::bad_digest
    );
}

TEST_CASE(
    "A comment inside a signed value changes neither what is verified nor what is read",
    "[wss][attack 4]"
)
{
    const std::string soap = replaced(message::signed_soap(), "1@test", "1<!-- x -->@test");
    CHECK(message::verify(soap));
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    const auto places = wss::locate(*document);
    REQUIRE(places);
    CHECK(places->messaging.children()[0].children()[0].children()[0].text() == "1@test");
    CHECK_FALSE(message::verify(replaced(message::signed_soap(), "1@test", "1<?x?>@test")));
    CHECK(message::verify(replaced(message::signed_soap(), "1@test", "<![CDATA[1@test]]>")));
    const auto inside_digest =
        first_replaced(message::signed_soap(), "<ds:DigestValue>", "<ds:DigestValue><!-- x -->");
    CHECK(message::verify(inside_digest));
}

TEST_CASE("The signed Messaging moved into a wrapper does not vouch for another", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const std::string messaging = message::messaging();
    const std::string wrapper = "<x:wrapper xmlns:x=\"urn:x\">" + messaging + "</x:wrapper>";
    CHECK(refusal(replaced(soap, messaging, wrapper + second_messaging)) == wss::errc::policy);
    CHECK(refusal(replaced(soap, messaging, second_messaging + wrapper)) == wss::errc::policy);
    CHECK(refusal(replaced(soap, messaging, wrapper)) == wss::errc::bad_envelope);
    CHECK(
        refusal(replaced(soap, messaging, messaging + second_messaging)) == wss::errc::bad_envelope
    );
    // inside the signature itself, and inside the forged one
    CHECK(
        refusal(replaced(
            replaced(soap, messaging, second_messaging), "</ds:Signature>",
            "<ds:Object>" + messaging + "</ds:Object></ds:Signature>"
        )) == wss::errc::malformed
    );
    CHECK(
        refusal(replaced(soap, messaging, first_replaced(second_messaging, "forged", messaging))) ==
        wss::errc::policy
    );
    // in the Body, which then is not what was signed
    CHECK(
        refusal(replaced(
            replaced(soap, messaging, second_messaging), "></S12:Body>",
            ">" + messaging + "</S12:Body>"
        )) == wss::errc::policy
    );
}

TEST_CASE("The signed Body moved into the header does not vouch for another", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const std::string body = body_of(soap);
    const std::string moved = "<x:wrapper xmlns:x=\"urn:x\">" + body + "</x:wrapper></S12:Header>";
    CHECK(
        refusal(replaced(replaced(soap, body, "<S12:Body/>"), "</S12:Header>", moved)) ==
        wss::errc::policy
    );
    CHECK(
        refusal(replaced(replaced(soap, body, "<S12:Body><x/></S12:Body>"), "</S12:Header>", moved)
        ) == wss::errc::policy
    );
}

TEST_CASE("An id that occurs twice is refused, whichever attribute carries it", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const std::string id(message::messaging_id);
    const auto twins = {
        "<x:y xmlns:x=\"urn:x\" Id=\"" + id + "\"/>",
        "<x:y xmlns:x=\"urn:x\" xml:id=\"" + id + "\"/>",
        "<x:y xmlns:x=\"urn:x\" id=\"" + id + "\"/>",
        "<x:y xmlns:x=\"urn:x\" xmlns:wsu=\"" + std::string(wss::uri::wsu) + "\" wsu:Id=\"" + id +
            "\"/>"
    };
    for (const std::string& twin : twins) {
        CHECK(
            refusal(replaced(soap, "</S12:Header>", twin + "</S12:Header>")) == wss::errc::policy
        );
        CHECK(refusal(replaced(soap, "<S12:Header>", "<S12:Header>" + twin)) == wss::errc::policy);
        CHECK(
            refusal(replaced(soap, "</ds:Signature>", "</ds:Signature>" + twin)) ==
            wss::errc::malformed
        );
    }
    const std::string both_the_same =
        replaced(re_signed(replaced(soap, body_id_of(soap), id)), id, id);
    CHECK_FALSE(message::verify(both_the_same));
}

TEST_CASE("An id that is no NCName is borne", "[wss][facts 3.3]")
{
    const std::string soap = message::signed_soap();
    for (const char* id : {"0f8e2c", "1-2.3_4", "-x", "\xC3\xA5"}) {
        INFO(id);
        CHECK(message::verify(re_signed(replaced(soap, message::messaging_id, id))));
        CHECK(message::verify(re_signed(replaced(soap, body_id_of(soap), id))));
    }
    for (const char* id : {"a b", "a:b", "a(b)"})
        CHECK(refusal(re_signed(replaced(soap, body_id_of(soap), id))) == wss::errc::policy);
}

TEST_CASE("A second Security header is refused", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const std::string second =
        "<wsse:Security xmlns:wsse=\"" + std::string(wss::uri::wsse) + "\"/>";
    CHECK(
        refusal(replaced(soap, "<S12:Header>", "<S12:Header>" + second)) == wss::errc::bad_envelope
    );
}

TEST_CASE("A signature that leaves out Messaging or Body is refused", "[wss][attack 2]")
{
    const std::string soap = message::signed_soap();
    const std::string id(message::messaging_id);
    CHECK(
        refusal(re_signed(replaced(soap, reference_to(soap, "#" + id), ""))) ==
        wss::errc::not_covered
    );
    CHECK(
        refusal(re_signed(replaced(soap, reference_to(soap, "#" + body_id_of(soap)), ""))) ==
        wss::errc::not_covered
    );
    // only attachments, or nothing at all
    const std::string without_both = replaced(
        replaced(soap, reference_to(soap, "#" + id), ""),
        reference_to(soap, "#" + body_id_of(soap)), ""
    );
    CHECK(refusal(re_signed(without_both)) == wss::errc::not_covered);
    const std::string without_any = replaced(
        replaced(without_both, reference_to(soap, "cid:message"), ""),
        reference_to(soap, "cid:attachment"), ""
    );
    CHECK(refusal(re_signed(without_any)) == wss::errc::not_covered);
}

TEST_CASE("An attachment without a reference is not among the signed parts", "[wss][attack 2]")
{
    const std::string soap = message::signed_soap();
    const auto parts =
        message::verify(re_signed(replaced(soap, reference_to(soap, "cid:attachment"), "")));
    REQUIRE(parts);
    CHECK(parts->attachments.size() == 1);
    CHECK_FALSE(parts->attachments.contains("attachment@x"));
}

TEST_CASE("A signature over the Timestamp only is refused", "[wss][attack 2]")
{
    const std::string soap = message::signed_soap();
    const std::string timestamp =
        "<wsu:Timestamp "
        "wsu:Id=\"TS\"><wsu:Created>2026-11-22T00:00:00Z</wsu:Created></wsu:Timestamp>";
    std::string attacked =
        first_replaced(soap, "<wsse:BinarySecurityToken", timestamp + "<wsse:BinarySecurityToken");
    CHECK(message::verify(attacked)); // a Timestamp that is there is no fault
    attacked = replaced(attacked, reference_to(soap, "#" + body_id_of(soap)), "");
    CHECK(
        refusal(re_signed(
            replaced(attacked, "URI=\"#" + std::string(message::messaging_id), "URI=\"#TS")
        )) == wss::errc::not_covered
    );
    CHECK(
        refusal(first_replaced(
            soap, "<wsse:BinarySecurityToken", timestamp + timestamp + "<wsse:BinarySecurityToken"
        )) == wss::errc::malformed
    );
}

TEST_CASE(
    "A reference to anything but Messaging, Body and attachments is refused", "[wss][attack 8]"
)
{
    const std::string soap = message::signed_soap();
    const std::string body_uri = "URI=\"#" + body_id_of(soap);
    const auto aim = [&](const std::string& uri) {
        return re_signed(first_replaced(soap, body_uri + "\"", "URI=\"" + uri + "\""));
    };
    for (const char* uri :
         {"http://example.org/", "file:///etc/passwd", "", "#", "#xpointer(/)",
          "#xpointer(id('_messaging'))", "//host/x", "cid:", "cid", "ftp://x", "data:,x",
          "soap.xml#_messaging", "# x", "urn:x"}) {
        INFO(uri);
        CHECK(refusal(aim(uri)) == wss::errc::policy);
    }
    const std::string token_id = piece(soap, "X509-", "\"");
    CHECK(
        refusal(aim("#" + token_id.substr(0, token_id.size() - 1))) == wss::errc::policy
    ); // the BinarySecurityToken
    CHECK(refusal(aim("#nowhere")) == wss::errc::not_covered);
    CHECK(refusal(aim("#" + std::string(2000, 'a'))) == wss::errc::malformed);
}

TEST_CASE("A target is referenced once only", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const auto twice = [&](const std::string& reference, const std::string& second) {
        return re_signed(replaced(soap, reference, reference + second));
    };
    const std::string to_messaging = reference_to(soap, "#" + std::string(message::messaging_id));
    const std::string to_message = reference_to(soap, "cid:message");
    CHECK(refusal(twice(to_messaging, to_messaging)) == wss::errc::policy);
    CHECK(refusal(twice(to_message, to_message)) == wss::errc::policy);
    CHECK(
        refusal(twice(to_message, replaced(to_message, "cid:message", "CID:%6dessage"))) ==
        wss::errc::policy
    );
}

TEST_CASE(
    "A Body that holds anything is refused, even signed; a Fault beside a signal is not",
    "[wss][AS4 5.1.5]"
)
{
    const std::string soap = message::signed_soap();
    const auto with_body = [&](const std::string& content, const std::string& base_soap) {
        return re_signed(replaced(base_soap, "></S12:Body>", ">" + content + "</S12:Body>"));
    };
    const std::string fault = "<S12:Fault><S12:Code/></S12:Fault>";
    CHECK(refusal(with_body("<x xmlns=\"urn:x\"/>", soap)) == wss::errc::policy);
    CHECK(refusal(with_body("text", soap)) == wss::errc::policy);
    CHECK(refusal(with_body(fault, soap)) == wss::errc::policy); // it is a UserMessage
    const std::string signal = replaced(soap, "eb:UserMessage", "eb:SignalMessage");
    CHECK(message::verify(with_body(fault, signal)));
    CHECK(refusal(with_body(fault + fault, signal)) == wss::errc::policy);
    CHECK(refusal(with_body("<x xmlns=\"urn:x\"/>", signal)) == wss::errc::policy);
    CHECK(message::verify(with_body("\n  ", soap)));
}

TEST_CASE(
    "A namespace that has no canonical form is a failure, not an empty digest", "[wss][attack 5]"
)
{
    const std::string soap = replaced(
        message::signed_soap(), "<eb:UserMessage>", "<eb:UserMessage xmlns:r=\"relative\">"
    );
    CHECK_FALSE(message::verify(soap));
    CHECK_FALSE(message::verify(
        replaced(message::signed_soap(), "<eb:UserMessage>", "<eb:UserMessage><p:x/>")
    ));
}

TEST_CASE(
    "A signature read in another way is still held to one reference a target", "[wss][attack 1]"
)
{
    const std::string soap = message::signed_soap();
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    const auto places = wss::locate(*document);
    REQUIRE(places);
    const auto header = wss::read_security(*document, *places->security, {});
    REQUIRE(header);
    for (const std::size_t again : {0U, 1U, 2U}) {
        wss::Signature signature = *header->signature;
        signature.references.push_back(signature.references[again]);
        const auto outcome =
            wss::verify_header(*document, *places, signature, message::alice().certificate());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == wss::errc::policy);
    }
}
