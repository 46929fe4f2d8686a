// SPDX-License-Identifier: Apache-2.0
// The security header of a signal is judged by what its signature proves: extras do not matter, and
// none of them weakens the proof.
#include "crypto/digest.hpp"
#include "wss/message.hpp"
#include "xml/canonical.hpp"

#include <catch2/catch.hpp>

using message::first_replaced;
using message::re_signed;
using message::refusal;
using message::refusal_of_signal;
using message::replaced;
using message::verify_signal;

namespace {

std::string signal_content(const std::string& id = "1@test")
{
    return message::messaging(
        "<eb:SignalMessage><eb:MessageInfo><eb:MessageId>" + id +
        "</eb:MessageId></eb:MessageInfo></eb:SignalMessage>"
    );
}

std::string signal(const std::string& content = signal_content())
{
    const auto signer =
        crypto::Signer::from_files(message::alice().key_file, message::alice().chain_file);
    return wss::sign({content, message::messaging_id, {}}, signer.value()).value().soap;
}

// A UserMessage beside the signal, which nobody reads.
std::string bundled(const std::string& signal_message = "<eb:SignalMessage></eb:SignalMessage>")
{
    return signal(message::messaging("<eb:UserMessage></eb:UserMessage>" + signal_message));
}

// Into wsse:Security, before the signature.
std::string with(const std::string& soap, const std::string& extra)
{
    return first_replaced(soap, "<ds:Signature ", extra + "<ds:Signature ");
}

std::string reference_to(const std::string& id)
{
    return "<ds:Reference URI=\"#" + id + "\"><ds:Transforms><ds:Transform Algorithm=\"" +
           std::string(wss::uri::exc_c14n) +
           "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" +
           std::string(wss::uri::sha256) +
           "\"></ds:DigestMethod><ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</"
           "ds:DigestValue></ds:Reference>";
}

std::string with_reference(const std::string& soap, const std::string& reference)
{
    return re_signed(first_replaced(soap, "</ds:SignedInfo>", reference + "</ds:SignedInfo>"));
}

std::string also_signing(const std::string& soap, const std::string& id)
{
    return with_reference(soap, reference_to(id));
}

constexpr const char* str_transform = "http://docs.oasis-open.org/wss/2004/01/"
                                      "oasis-200401-wss-soap-message-security-1.0#STR-Transform";

struct Foreign {
    std::string name;
    std::string reference;
};

// References to the Id that Kurir does not verify.
std::vector<Foreign> unverifiable(const std::string& id)
{
    const auto plain = reference_to(id);
    const auto changed = [&](const std::string& from, const std::string& to) {
        return first_replaced(plain, from, to);
    };
    const auto transform = std::string(wss::uri::exc_c14n);
    return {
        {"another transform", changed(transform, str_transform)},
        {"an unknown transform", changed(transform, "urn:x")},
        {"two transforms",
         changed("</ds:Transforms>", "<ds:Transform Algorithm=\"urn:x\"/></ds:Transforms>")},
        {"no transform", "<ds:Reference URI=\"#" + id + "\"/>"},
        {"parameters of a transform",
         changed("\"></ds:Transform>", "\"><x xmlns=\"urn:x\"/></ds:Transform>")},
        {"a Type", changed("<ds:Reference", "<ds:Reference Type=\"urn:x\"")},
        {"SHA-512",
         changed(std::string(wss::uri::sha256), "http://www.w3.org/2001/04/xmlenc#sha512")},
        {"SHA-1", changed(std::string(wss::uri::sha256), std::string(wss::uri::sha1))},
    };
}

std::string wsu(const std::string& name, const std::string& content, const std::string& id = "X1")
{
    return "<wsu:" + name + " wsu:Id=\"" + id + "\">" + content + "</wsu:" + name + ">";
}

struct Extra {
    std::string name;
    std::string xml; // its wsu:Id is X1
};

const std::vector<Extra> extras{
    {"a Timestamp", wsu("Timestamp", "<wsu:Created>2026-11-22T01:00:00Z</wsu:Created>"
                                     "<wsu:Expires>2026-11-22T01:05:00Z</wsu:Expires>")},
    {"a Timestamp of another shape", wsu("Timestamp", "<wsu:Created>yesterday</wsu:Created>")},
    {"two Timestamps", wsu("Timestamp", "") + wsu("Timestamp", "", "X2")},
    {"a SignatureConfirmation", "<wsse11:SignatureConfirmation xmlns:wsse11=\"" +
                                    std::string(wss::uri::wsse11) +
                                    "\" wsu:Id=\"X1\" Value=\"AAAA\"/>"},
    {"a token of somebody else",
     "<wsse:BinarySecurityToken wsu:Id=\"X1\" ValueType=\"urn:x\">AAAA</wsse:BinarySecurityToken>"},
    {"a user name", "<wsse:UsernameToken wsu:Id=\"X1\"><wsse:Username>u</wsse:Username>"
                    "<wsse:Password>p</wsse:Password></wsse:UsernameToken>"},
    {"a token reference", "<wsse:SecurityTokenReference wsu:Id=\"X1\"/>"},
    {"an assertion",
     "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" wsu:Id=\"X1\"/>"},
    {"an encrypted key", "<xenc:EncryptedKey xmlns:xenc=\"" + std::string(wss::uri::xenc) +
                             "\" Id=\"X1\"><xenc:EncryptionMethod Algorithm=\"urn:x\"/>"
                             "</xenc:EncryptedKey>"},
    {"encrypted data", "<xenc:EncryptedData xmlns:xenc=\"" + std::string(wss::uri::xenc) +
                           "\" Id=\"X1\"><xenc:CipherData/></xenc:EncryptedData>"},
    {"an encrypted header", "<wsse11:EncryptedHeader xmlns:wsse11=\"" +
                                std::string(wss::uri::wsse11) + "\" wsu:Id=\"X1\"/>"},
    {"something unknown", "<x xmlns=\"urn:x\" wsu:Id=\"X1\"><y/></x>"},
};

std::string piece(const std::string& soap, const std::string& begin, const std::string& end)
{
    const std::size_t start = soap.find(begin);
    REQUIRE(start != std::string::npos);
    return soap.substr(start, soap.find(end, start) + end.size() - start);
}

// Signs the Id alone, with whatever algorithms: nothing of it is read.
std::string endorsing(const std::string& id)
{
    return "<ds:Signature xmlns:ds=\"" + std::string(wss::uri::ds) +
           "\"><ds:SignedInfo><ds:SignatureMethod Algorithm=\"urn:x\"/><ds:Reference URI=\"#" + id +
           "\"/></ds:SignedInfo></ds:Signature>";
}

} // namespace

TEST_CASE("A signal is proven whatever else its security header has", "[wss][WSS 1.1.1]")
{
    REQUIRE(verify_signal(signal()));
    for (const auto& [name, xml] : extras) {
        INFO(name);
        const auto soap = with(signal(), xml);
        CHECK(verify_signal(soap));
        CHECK_FALSE(verify_signal(soap)->timestamp);
        // What the signature covers has not become less.
        CHECK(refusal_of_signal(replaced(soap, "1@test", "2@test")) == wss::errc::bad_digest);
    }
}

TEST_CASE("What a signal's security header has may be signed too", "[wss][WSS 1.1.1]")
{
    for (const auto& [name, xml] : extras) {
        INFO(name);
        const auto soap = also_signing(with(signal(), xml), "X1");
        const auto parts = verify_signal(soap);
        REQUIRE(parts);
        CHECK(parts->timestamp == (name.starts_with("a Timestamp")));
        // A signature with a wrong digest is wrong, whatever it is of.
        CHECK(
            refusal_of_signal(first_replaced(soap, xml, first_replaced(xml, "X1\"", "X1\" a=\"\""))
            ) == wss::errc::bad_digest
        );
    }
    SECTION("our own token")
    {
        const auto soap = signal();
        const auto id = piece(soap, "X509-", "\"");
        CHECK(verify_signal(also_signing(soap, id.substr(0, id.size() - 1))));
    }
    SECTION("another header block")
    {
        const auto soap = first_replaced(
            signal(), "</S12:Header>", "<x xmlns=\"urn:x\" Id=\"X1\"/></S12:Header>"
        );
        CHECK(verify_signal(also_signing(soap, "X1")));
    }
}

TEST_CASE("A signal is judged as one where a UserMessage stands beside it", "[wss]")
{
    for (const auto& [name, xml] : extras) {
        INFO(name);
        CHECK(verify_signal(also_signing(with(bundled(), xml), "X1")));
        // Without the signal it is a UserMessage.
        CHECK(
            verify_signal(also_signing(with(bundled(""), xml), "X1")).has_value() ==
            name.starts_with("a Timestamp")
        );
    }
    // Neither of the two: the strict rules hold.
    const auto neither = signal(message::messaging("<eb:Novel></eb:Novel>"));
    CHECK(verify_signal(neither));
    CHECK(
        refusal_of_signal(also_signing(with(neither, wsu("Novel", "")), "X1")) == wss::errc::policy
    );
}

TEST_CASE("A UserMessage may have none of it but a Timestamp", "[wss]")
{
    for (const auto& [name, xml] : extras) {
        INFO(name);
        const auto soap = with(message::signed_soap(), xml);
        const bool borne = name == "a Timestamp" || name == "a token of somebody else";
        CHECK(message::verify(soap).has_value() == borne);
        CHECK(message::verify(also_signing(soap, "X1")).has_value() == (name == "a Timestamp"));
        // Nor where its header is read as a signal's is.
        CHECK(
            verify_signal(also_signing(soap, "X1")).has_value() == name.starts_with("a Timestamp")
        );
    }
}

TEST_CASE("A signature over extras only proves nothing", "[wss][attack 2]")
{
    const auto soap = also_signing(with(signal(), extras.front().xml), "X1");
    const auto to_messaging = piece(soap, "<ds:Reference URI=\"#_messaging", "</ds:Reference>");
    CHECK(refusal_of_signal(re_signed(replaced(soap, to_messaging, ""))) == wss::errc::not_covered);
    const auto rest = replaced(soap, to_messaging, "");
    const auto to_body = piece(rest, "<ds:Reference URI=\"#_", "</ds:Reference>");
    CHECK(refusal_of_signal(re_signed(replaced(soap, to_body, ""))) == wss::errc::not_covered);
}

TEST_CASE("Only what has its place in the header may be signed beside", "[wss][attack 1]")
{
    const std::string target = "<x xmlns=\"urn:x\" Id=\"X1\"/>";
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"</eb:SignalMessage>", target + "</eb:SignalMessage>"},
             {"</ds:KeyInfo>", target + "</ds:KeyInfo>"},
             {"</S12:Header>", "<y xmlns=\"urn:y\">" + target + "</y></S12:Header>"},
             {"</S12:Body>", target + "</S12:Body>"}
         }) {
        INFO(to);
        CHECK(
            refusal_of_signal(also_signing(first_replaced(signal(), from, to), "X1")) ==
            wss::errc::policy
        );
    }
    CHECK(refusal_of_signal(also_signing(signal(), "nowhere")) == wss::errc::not_covered);
    SECTION("once only, and by an Id that is its own")
    {
        const auto soap = with(signal(), target);
        CHECK(
            refusal_of_signal(also_signing(with(soap, "<z xmlns=\"urn:z\" Id=\"X1\"/>"), "X1")) ==
            wss::errc::policy
        );
        CHECK(refusal_of_signal(also_signing(also_signing(soap, "X1"), "X1")) == wss::errc::policy);
        const auto two_ids = with(signal(), "<x xmlns=\"urn:x\" Id=\"X1\" wsu:Id=\"X2\"/>");
        CHECK(
            refusal_of_signal(also_signing(also_signing(two_ids, "X1"), "X2")) == wss::errc::policy
        );
    }
}

TEST_CASE("A signal's reference that Kurir cannot verify is counted, never trusted", "[wss]")
{
    const auto soap = with(signal(), extras.front().xml); // a Timestamp
    for (const auto& [name, reference] : unverifiable("X1")) {
        INFO(name);
        const auto parts = verify_signal(with_reference(soap, reference));
        REQUIRE(parts);
        CHECK(parts->unread == 1);
        CHECK_FALSE(parts->timestamp);
        // The rest is as strict as without it.
        const auto tampered = replaced(with_reference(soap, reference), "1@test", "2@test");
        CHECK(refusal_of_signal(tampered) == wss::errc::bad_digest);
        // A UserMessage has none.
        const auto user_message = message::timestamped().soap;
        for (const auto& strict : unverifiable(message::timestamp_id)) {
            if (strict.name != name) continue;
            const auto of_message = with_reference(user_message, strict.reference);
            CHECK_FALSE(message::verify(of_message));
            CHECK_FALSE(verify_signal(of_message));
        }
    }
    SECTION("of other places than this document")
    {
        for (const std::string uri : {"", "http://x.example/", "#xpointer(/)", "a.xml#b"}) {
            const auto elsewhere = first_replaced(reference_to("X1"), "#X1", uri);
            CHECK(verify_signal(with_reference(soap, elsewhere)).value().unread == 1);
        }
        const auto no_uri = first_replaced(reference_to("X1"), " URI=\"#X1\"", "");
        CHECK(verify_signal(with_reference(soap, no_uri)).value().unread == 1);
    }
    SECTION("as many as references may be")
    {
        std::string many;
        for (int i = 0; i < 198; ++i)
            many += unverifiable("X1").front().reference;
        CHECK(verify_signal(with_reference(soap, many)).value().unread == 198);
        many += unverifiable("X1").front().reference;
        CHECK(refusal_of_signal(with_reference(soap, many)) == wss::errc::policy);
    }
}

TEST_CASE("Messaging and Body have one reference each, and a good one", "[wss][attack 1]")
{
    const auto soap = signal();
    const auto body = piece(soap, "<S12:Body", ">");
    const auto body_id = body.substr(body.find(":Id=\"") + 5, 37);
    for (const std::string& id : {std::string(message::messaging_id), body_id}) {
        for (const auto& [name, reference] : unverifiable(id)) {
            INFO(name);
            CHECK(refusal_of_signal(with_reference(soap, reference)) == wss::errc::policy);
            const auto good = piece(soap, "<ds:Reference URI=\"#" + id, "</ds:Reference>");
            const auto instead = re_signed(replaced(soap, good, reference));
            CHECK(refusal_of_signal(instead) == wss::errc::not_covered);
        }
    }
    SECTION("the algorithms of SignedInfo stay strict")
    {
        for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
                 {"<ds:CanonicalizationMethod Algorithm=\"" + std::string(wss::uri::exc_c14n),
                  "<ds:CanonicalizationMethod Algorithm=\"urn:x"},
                 {std::string(wss::uri::rsa_sha256), "urn:x"}
             }) {
            CHECK(
                refusal_of_signal(re_signed(first_replaced(soap, from, to))) == wss::errc::policy
            );
        }
    }
}

TEST_CASE("A signal may sign its own ds:KeyInfo", "[wss][WSS 1.1.1]")
{
    const auto soap = first_replaced(signal(), "<ds:KeyInfo>", "<ds:KeyInfo Id=\"X1\">");
    const auto parts = verify_signal(also_signing(soap, "X1"));
    REQUIRE(parts);
    CHECK(parts->unread == 0);
    const auto changed = first_replaced(also_signing(soap, "X1"), "Id=\"X1\"", "Id=\"X1\" a=\"\"");
    CHECK(refusal_of_signal(changed) == wss::errc::bad_digest);
    const auto protecting = first_replaced(
        signal(), "<wsse:SecurityTokenReference>", "<wsse:SecurityTokenReference wsu:Id=\"X1\">"
    );
    CHECK(verify_signal(also_signing(protecting, "X1")));
    const auto transformed =
        first_replaced(reference_to("X1"), std::string(wss::uri::exc_c14n), str_transform);
    CHECK(verify_signal(with_reference(protecting, transformed)).value().unread == 1);
}

TEST_CASE("The signed part of a signal cannot be moved among the extras", "[wss][attack 1]")
{
    const auto soap = signal();
    const auto content = signal_content();
    const auto forged =
        replaced(replaced(content, "1@test", "2@test"), message::messaging_id, "_other");
    SECTION("into wsse:Security")
    {
        CHECK(
            refusal_of_signal(replaced(
                replaced(soap, content, forged), "<ds:Signature ", content + "<ds:Signature "
            )) == wss::errc::not_covered
        );
    }
    SECTION("into another header block")
    {
        CHECK(
            refusal_of_signal(replaced(
                replaced(soap, content, forged), "</S12:Header>",
                "<x xmlns=\"urn:x\">" + content + "</x></S12:Header>"
            )) == wss::errc::policy
        );
    }
    SECTION("Body into wsse:Security")
    {
        const auto body = piece(soap, "<S12:Body", "</S12:Body>");
        CHECK(
            refusal_of_signal(replaced(
                replaced(soap, body, "<S12:Body/>"), "<ds:Signature ", body + "<ds:Signature "
            )) == wss::errc::not_covered
        );
    }
}

TEST_CASE("Of several signatures the one over eb:Messaging counts", "[wss]")
{
    const auto soap = signal();
    const auto signature = piece(soap, "<ds:Signature ", "</ds:Signature>");
    const auto begin = signature.find(" Id=\"") + 5;
    const auto other = endorsing(signature.substr(begin, signature.find('"', begin) - begin));
    CHECK(verify_signal(replaced(soap, signature, signature + other)));
    CHECK(verify_signal(replaced(soap, signature, other + signature)));
    CHECK(refusal(replaced(soap, signature, signature + other)) == wss::errc::malformed);
    SECTION("and it is verified")
    {
        const auto tampered = replaced(replaced(soap, signature, other + signature), "1@t", "2@t");
        CHECK(refusal_of_signal(tampered) == wss::errc::bad_digest);
    }
    SECTION("two over eb:Messaging are none")
    {
        CHECK(
            refusal_of_signal(replaced(soap, signature, signature + signature)) ==
            wss::errc::malformed
        );
        const auto claims = endorsing(message::messaging_id);
        CHECK(
            refusal_of_signal(replaced(soap, signature, claims + signature)) == wss::errc::malformed
        );
    }
    SECTION("none over eb:Messaging is none")
    {
        CHECK(
            refusal_of_signal(replaced(soap, signature, other + other)) == wss::errc::not_covered
        );
    }
}

TEST_CASE("A signal without eb:Messaging or with a Body in cipher is no signal", "[wss]")
{
    const auto soap = signal();
    CHECK(refusal_of_signal(replaced(soap, signal_content(), "")) == wss::errc::bad_envelope);
    const auto encrypted = re_signed(replaced(
        soap, "</S12:Body>",
        "<xenc:EncryptedData xmlns:xenc=\"" + std::string(wss::uri::xenc) + "\"/></S12:Body>"
    ));
    CHECK(refusal_of_signal(encrypted) == wss::errc::policy);
}
