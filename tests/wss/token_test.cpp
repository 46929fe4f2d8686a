// SPDX-License-Identifier: Apache-2.0
// Token references: the four forms, and what else a KeyInfo may hold.
#include "wss/token.hpp"

#include "wss/message.hpp"

#include <catch2/catch.hpp>

using message::first_replaced;
using message::refusal;
using message::replaced;
using wss::TokenReference;

namespace {

struct Read {
    xml::Document document;
    base::Result<wss::SecurityHeader> header;
};

Read read(const std::string& soap, const wss::Algorithms& allowed = {})
{
    auto document = xml::Document::parse(soap);
    REQUIRE(document);
    const auto places = wss::locate(*document);
    REQUIRE(places);
    REQUIRE(places->security);
    auto header = wss::read_security(*document, *places->security, allowed);
    return {*std::move(document), std::move(header)};
}

std::string key_info_of(const std::string& soap)
{
    const std::size_t start = soap.find("<ds:KeyInfo>");
    return soap.substr(start, soap.find("</ds:KeyInfo>") + 13 - start);
}

std::string token_text_of(const std::string& soap)
{
    const std::size_t start = soap.find('>', soap.find("<wsse:BinarySecurityToken")) + 1;
    return soap.substr(start, soap.find('<', start) - start);
}

} // namespace

TEST_CASE("Each form of token reference leads to its certificate", "[wss][ED115]")
{
    const crypto::Certificate alice = message::alice().certificate();
    for (const auto form :
         {TokenReference::bst_x509v3, TokenReference::bst_pkipath,
          TokenReference::subject_key_identifier, TokenReference::issuer_serial}) {
        const Read result = read(message::envelope(form).soap);
        REQUIRE(result.header);
        REQUIRE(result.header->signature);
        const wss::KeyReference& key = result.header->signature->key;
        CHECK(key.form == form);
        CHECK(wss::candidates(key, {message::bob().certificate(), alice}) == std::vector{alice});
        const bool brought =
            form == TokenReference::bst_x509v3 || form == TokenReference::bst_pkipath;
        CHECK(wss::candidates(key, {message::bob().certificate()}).empty() != brought);
        CHECK(
            key.certificates.size() == (form == TokenReference::bst_pkipath ? 2U
                                        : brought                           ? 1U
                                                                            : 0U)
        );
    }
}

TEST_CASE(
    "Of several certificates that a reference may mean, the valid one under which it verifies wins",
    "[wss][ED115 1.4.2.4][attack 22]"
)
{
    const support::Authority federation;
    const auto current = message::alice().certificate();
    const auto former = federation.former_identity("wss-alice").certificate();
    const auto lookalike = federation.lookalike_identity("wss-alice").certificate();
    REQUIRE(former.subject_key_identifier() == current.subject_key_identifier());
    REQUIRE(lookalike.subject_key_identifier() == current.subject_key_identifier());
    const auto soap = message::envelope(TokenReference::subject_key_identifier).soap;
    const auto document = xml::Document::parse(soap);
    const auto places = wss::locate(document.value());
    const auto header = wss::read_security(*document, *places.value().security, {});
    const auto signer = [&](const std::vector<crypto::Certificate>& known, base::Time at) {
        return wss::verify_header(*document, *places, *header.value().signature, known, at);
    };
    const base::Time now = std::max(current.not_before(), lookalike.not_before());
    CHECK(signer({former, lookalike, current}, now).value().signer == current);
    CHECK(signer({current, former}, former.not_after()).value().signer == former);
    // trust is judged afterwards: what is not valid is named, not hidden
    CHECK(signer({former}, now).value().signer == former);
    CHECK(signer({lookalike}, now).error().code == wss::errc::bad_signature);
    CHECK(signer({}, now).error().code == wss::errc::unknown_certificate);

    const auto changed = xml::Document::parse(replaced(soap, "1@test", "2@test"));
    const auto changed_places = wss::locate(changed.value());
    const auto changed_header = wss::read_security(*changed, *changed_places.value().security, {});
    const auto outcome = wss::verify_header(
        *changed, *changed_places, *changed_header.value().signature, {current, lookalike}, now
    );
    CHECK(outcome.error().code == wss::errc::bad_digest);
}

TEST_CASE("A form that the P-Mode does not allow is refused", "[wss][attack 9]")
{
    const auto all = {
        TokenReference::bst_x509v3, TokenReference::bst_pkipath,
        TokenReference::subject_key_identifier, TokenReference::issuer_serial
    };
    for (const auto form : all) {
        wss::Algorithms allowed;
        std::erase(allowed.signature_token, form);
        CHECK(refusal(message::envelope(form).soap, allowed) == wss::errc::policy);
        allowed.signature_token = {form};
        CHECK(message::verify(message::envelope(form).soap, allowed));
    }
}

TEST_CASE("A KeyInfo of another form is refused and nothing is fetched", "[wss][attack 9]")
{
    const std::string soap = message::signed_soap();
    const std::string key_info = key_info_of(soap);
    const auto with = [&](const std::string& content) {
        return replaced(soap, key_info, "<ds:KeyInfo>" + content + "</ds:KeyInfo>");
    };
    const auto str = [](const std::string& content) {
        return "<wsse:SecurityTokenReference>" + content + "</wsse:SecurityTokenReference>";
    };
    const std::string reference = key_info.substr(
        key_info.find("<wsse:Reference"),
        key_info.find("</wsse:SecurityTokenReference>") - key_info.find("<wsse:Reference")
    );
    REQUIRE(message::verify(with(str(reference))));
    const auto forms = {
        std::string(),
        std::string("<ds:KeyName>alice</ds:KeyName>"),
        std::string("<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
        std::string("<ds:RetrievalMethod URI=\"http://127.0.0.1:1/key\"/>"),
        std::string("<ds:RetrievalMethod URI=\"#x\"/>"),
        std::string("<dsig11:KeyInfoReference xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\" "
                    "URI=\"http://127.0.0.1:1/\"/>"),
        std::string("<ds:X509Data><ds:X509Certificate>") + token_text_of(soap) +
            "</ds:X509Certificate></ds:X509Data>",
        str("<ds:X509Data><ds:X509Certificate>" + token_text_of(soap) +
            "</ds:X509Certificate></ds:X509Data>"),
        str("<ds:X509Data><ds:X509SubjectName>CN=alice</ds:X509SubjectName></ds:X509Data>"),
        str(""),
        str(reference + reference),
        str(str(reference)),
        str(reference) + str(reference),
        str("<wsse:Embedded/>"),
        str("<ds:KeyName>a</ds:KeyName>"),
        str("<wsse:Reference URI=\"http://127.0.0.1:1/\"/>"),
        str("<wsse:Reference URI=\"file:///etc/passwd\"/>"),
        str("<wsse:Reference URI=\"\"/>"),
        str("<wsse:Reference URI=\"cid:message\"/>"),
        str("<wsse:Reference URI=\"#xpointer(/)\"/>"),
        str("<wsse:KeyIdentifier "
            "ValueType=\"http://docs.oasis-open.org/wss/"
            "oasis-wss-soap-message-security-1.1#ThumbprintSHA1\">AAAA</wsse:KeyIdentifier>"),
        str("<wsse:KeyIdentifier>AAAA</wsse:KeyIdentifier>"),
    };
    for (const std::string& form : forms) {
        INFO(form);
        CHECK(refusal(with(form)) == wss::errc::policy);
    }
}

TEST_CASE("References in circles end at the first that is no token", "[wss][attack 9]")
{
    const std::string soap = message::signed_soap();
    const std::string key_info = key_info_of(soap);
    const std::string circle =
        "<ds:KeyInfo><wsse:SecurityTokenReference wsu:Id=\"A\"><wsse:Reference "
        "URI=\"#A\"/></wsse:SecurityTokenReference></ds:KeyInfo>";
    CHECK(refusal(replaced(soap, key_info, circle)) == wss::errc::malformed);
    CHECK(
        refusal(replaced(soap, key_info, replaced(circle, "#A", "#nowhere"))) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(soap, key_info, replaced(circle, "#A", "#_messaging"))) ==
        wss::errc::malformed
    );
}

TEST_CASE("A token elsewhere in the envelope is not used", "[wss][attack 1]")
{
    const std::string soap = message::signed_soap();
    const std::size_t start = soap.find("<wsse:BinarySecurityToken");
    const std::string token =
        soap.substr(start, soap.find("</wsse:BinarySecurityToken>") + 27 - start);
    const std::string declared = first_replaced(
        token, "<wsse:BinarySecurityToken",
        "<wsse:BinarySecurityToken xmlns:wsse=\"" + std::string(wss::uri::wsse) +
            "\" xmlns:wsu=\"" + std::string(wss::uri::wsu) + "\""
    );
    CHECK(
        refusal(replaced(replaced(soap, token, ""), "</S12:Header>", declared + "</S12:Header>")) ==
        wss::errc::malformed
    );
    CHECK(refusal(replaced(soap, token, token + token)) == wss::errc::malformed);
    CHECK(refusal(replaced(soap, token, "")) == wss::errc::malformed);
}

TEST_CASE("Line breaks and carriage returns inside a token are skipped", "[wss]")
{
    const std::string soap = message::signed_soap();
    const std::string text = token_text_of(soap);
    std::string lines = "\n";
    for (std::size_t at = 0; at < text.size(); at += 64)
        lines += text.substr(at, 64) + "&#13;\n   ";
    CHECK(message::verify(replaced(soap, text, lines)));
}

TEST_CASE("A token that is not what its ValueType says is refused cleanly", "[wss]")
{
    const std::string path = message::envelope(TokenReference::bst_pkipath).soap;
    CHECK(message::verify(path));
    CHECK(
        refusal(replaced(path, "#X509PKIPathv1", "#X509v3")) == wss::errc::malformed
    ); // seen in the wild
    const std::string soap = message::signed_soap();
    CHECK(refusal(replaced(soap, "#X509v3", "#X509PKIPathv1")) == wss::errc::malformed);
    CHECK(refusal(replaced(soap, "#X509v3", "#PKCS7")) == wss::errc::policy);
    CHECK(refusal(replaced(soap, "#Base64Binary", "#HexBinary")) == wss::errc::malformed);
    const std::string text = token_text_of(soap);
    for (const std::string& other :
         {std::string(), std::string("AAAA"), std::string("!!!"), text.substr(0, 400), text + text,
          std::string(500'000, 'A'), std::string("<wsse:x/>")}) {
        CHECK_FALSE(message::verify(replaced(soap, text, other)));
    }
}

TEST_CASE("An issuer and serial number are read with care", "[wss][attack 22]")
{
    const std::string soap = message::envelope(TokenReference::issuer_serial).soap;
    const std::string serial = message::alice().certificate().serial();
    CHECK(message::verify(replaced(soap, ">" + serial + "<", "> 00" + serial + "\n<")));
    CHECK(refusal(replaced(soap, ">" + serial + "<", ">1<")) == wss::errc::unknown_certificate);
    CHECK(message::verify(replaced(soap, ">" + serial + "<", ">+" + serial + "<")));
    CHECK(
        refusal(replaced(soap, ">" + serial + "<", ">-" + serial + "<")) ==
        wss::errc::unknown_certificate
    );
    for (const char* bad : {"", "-", "+-1", "0x1", "1 2", "1.0", "abc"})
        CHECK(
            refusal(replaced(soap, ">" + serial + "<", std::string(">") + bad + "<")) ==
            wss::errc::malformed
        );
    CHECK(
        refusal(replaced(soap, ">" + serial + "<", ">" + std::string(300, '9') + "<")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(soap, "<ds:X509IssuerName>", "<ds:X509IssuerName>CN=x,")) ==
        wss::errc::unknown_certificate
    );
}
