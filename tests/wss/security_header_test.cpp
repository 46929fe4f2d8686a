// SPDX-License-Identifier: Apache-2.0
// Algorithms, transforms and shapes that are refused before any cryptography.
#include "wss/security_header.hpp"

#include "wss/message.hpp"

#include <catch2/catch.hpp>

using message::first_replaced;
using message::re_signed;
using message::refusal;
using message::replaced;

namespace {

std::string repeated(const std::string& text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

const std::string c14n_transform =
    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
const std::string inclusive =
    "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"";

std::string with_prefix_list(const std::string& list)
{
    const std::string method =
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    return first_replaced(
        message::signed_soap(), method, method + inclusive + list + "\"></ec:InclusiveNamespaces>"
    );
}

} // namespace

TEST_CASE(
    "An algorithm that the P-Mode does not name is refused before any cryptography",
    "[wss][attack 10]"
)
{
    const std::string soap = message::signed_soap();
    const std::string rsa_sha256(wss::uri::rsa_sha256);
    for (const char* algorithm :
         {"http://www.w3.org/2000/09/xmldsig#rsa-sha1",
          "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
          "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
          "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
          "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "none", "",
          "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256"}) {
        INFO(algorithm);
        CHECK(refusal(re_signed(replaced(soap, rsa_sha256, algorithm))) == wss::errc::policy);
    }
    const std::string digest_method = "DigestMethod Algorithm=\"" + std::string(wss::uri::sha256);
    for (const char* algorithm :
         {"http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5",
          "http://www.w3.org/2001/04/xmlenc#sha512", ""}) {
        INFO(algorithm);
        CHECK(
            refusal(re_signed(first_replaced(
                soap, digest_method, std::string("DigestMethod Algorithm=\"") + algorithm
            ))) == wss::errc::policy
        );
    }
    const std::string canonicalization =
        "CanonicalizationMethod Algorithm=\"" + std::string(wss::uri::exc_c14n);
    for (const char* algorithm :
         {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
          "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
          "http://www.w3.org/2006/12/xml-c14n11", ""}) {
        INFO(algorithm);
        CHECK(
            refusal(re_signed(replaced(
                soap, canonicalization,
                std::string("CanonicalizationMethod Algorithm=\"") + algorithm
            ))) == wss::errc::policy
        );
    }
}

TEST_CASE("The allow-list decides, not what we could do", "[wss][attack 10]")
{
    const std::string soap = message::signed_soap();
    wss::Algorithms allowed;
    allowed.signature = {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"};
    CHECK(refusal(soap, allowed) == wss::errc::policy);
    allowed = {};
    allowed.digest.clear();
    CHECK(refusal(soap, allowed) == wss::errc::policy);
    allowed = {};
    allowed.canonicalization.clear();
    CHECK(refusal(soap, allowed) == wss::errc::policy);
    // and a name in the list gives no algorithm that is not built
    allowed = {};
    allowed.signature.push_back("http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    CHECK(
        refusal(
            re_signed(replaced(
                soap, std::string(wss::uri::rsa_sha256),
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
            )),
            allowed
        ) == wss::errc::policy
    );
}

TEST_CASE("Parameters of algorithms are refused", "[wss][attack 10]")
{
    const std::string soap = message::signed_soap();
    const std::string method =
        "<ds:SignatureMethod Algorithm=\"" + std::string(wss::uri::rsa_sha256) + "\">";
    for (const char* length : {"0", "8", "256"}) {
        CHECK(
            refusal(re_signed(replaced(
                soap, method, method + "<ds:HMACOutputLength>" + length + "</ds:HMACOutputLength>"
            ))) == wss::errc::policy
        );
    }
    const std::string digest =
        "<ds:DigestMethod Algorithm=\"" + std::string(wss::uri::sha256) + "\">";
    CHECK(
        refusal(re_signed(first_replaced(soap, digest, digest + "<ds:x/>"))) == wss::errc::policy
    );
    const std::string canonicalization =
        "<ds:CanonicalizationMethod Algorithm=\"" + std::string(wss::uri::exc_c14n) + "\">";
    CHECK(
        refusal(re_signed(replaced(soap, canonicalization, canonicalization + "<ds:x/>"))) ==
        wss::errc::policy
    );
}

TEST_CASE("A transform that the profile does not have is refused", "[wss][attack 7]")
{
    const std::string soap = message::signed_soap();
    const auto transformed = [&](const std::string& transforms) {
        return re_signed(first_replaced(soap, c14n_transform, transforms));
    };
    const auto named = [](const std::string& algorithm, const std::string& inside = "") {
        return "<ds:Transform Algorithm=\"" + algorithm + "\">" + inside + "</ds:Transform>";
    };
    const auto transforms = {
        named(
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
            "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>"
        ),
        named("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>/</ds:XPath>"),
        named("http://www.w3.org/2002/06/xmldsig-filter2"),
        named("http://www.w3.org/2000/09/xmldsig#base64"),
        named("http://www.w3.org/2000/09/xmldsig#enveloped-signature"),
        named("http://www.w3.org/2000/09/xmldsig#enveloped-signature") + c14n_transform,
        named("http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        named("http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        named(std::string(wss::uri::attachment_signature)),
        named("http://docs.oasis-open.org/wss/"
              "oasis-wss-SwAProfile-1.1#Attachment-Complete-Signature-Transform"),
        named("http://docs.oasis-open.org/wss/2004/01/"
              "oasis-200401-wss-soap-message-security-1.0#STR-Transform"),
        c14n_transform + c14n_transform,
        std::string(),
        named(std::string(wss::uri::exc_c14n), "<ds:XPath>/</ds:XPath>"),
        repeated(c14n_transform, 100),
    };
    for (const std::string& list : transforms) {
        INFO(list);
        CHECK(refusal(transformed(list)) == wss::errc::policy);
    }
    const std::string attachment = "<ds:Transform Algorithm=\"" +
                                   std::string(wss::uri::attachment_signature) +
                                   "\"></ds:Transform>";
    for (const std::string& list :
         {c14n_transform, attachment + attachment,
          named(std::string(wss::uri::attachment_signature), "<ds:x/>"),
          named("http://docs.oasis-open.org/wss/"
                "oasis-wss-SwAProfile-1.1#Attachment-Complete-Signature-Transform")}) {
        INFO(list);
        CHECK(refusal(re_signed(first_replaced(soap, attachment, list))) == wss::errc::policy);
    }
    const std::string no_transforms =
        first_replaced(soap, "<ds:Transforms>" + c14n_transform + "</ds:Transforms>", "");
    CHECK(refusal(re_signed(no_transforms)) == wss::errc::policy);
}

TEST_CASE("A PrefixList is honoured within its bounds", "[wss][attack 6]")
{
    const auto bounded = [](const std::string& list) {
        const std::string soap = with_prefix_list(list);
        const auto document = xml::Document::parse(soap);
        REQUIRE(document);
        const auto places = wss::locate(*document);
        REQUIRE(places);
        return wss::read_security(*document, *places->security, {});
    };
    const auto read = bounded(" S12  wsse\n#default ");
    REQUIRE(read);
    CHECK(
        read->signature->references.front().prefixes ==
        std::vector<std::string>{"S12", "wsse", "#default"}
    );
    CHECK(bounded(""));
    CHECK(bounded(repeated("p ", 32)));
    CHECK(bounded(repeated("p ", 33)).error().code == wss::errc::policy);
    CHECK(bounded(std::string(64, 'p')));
    CHECK(bounded(std::string(65, 'p')).error().code == wss::errc::policy);
    CHECK(bounded(std::string(100'000, 'p')).error().code == wss::errc::policy);
    CHECK(bounded(repeated("%n%s ", 20))); // only names to look up
}

TEST_CASE("The number of references is bounded", "[wss][attack 7]")
{
    const std::string soap = message::signed_soap();
    const auto with = [&](std::size_t count) {
        std::string more;
        for (std::size_t i = 0; i < count; ++i) {
            more += "<ds:Reference URI=\"cid:p" + std::to_string(i) +
                    "\"><ds:Transforms><ds:Transform Algorithm=\"" +
                    std::string(wss::uri::attachment_signature) +
                    "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"" +
                    std::string(wss::uri::sha256) +
                    "\"></"
                    "ds:DigestMethod><ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</"
                    "ds:DigestValue></ds:Reference>";
        }
        return re_signed(replaced(soap, "</ds:SignedInfo>", more + "</ds:SignedInfo>"));
    };
    const auto max = message::verify(with(196));
    REQUIRE(max);
    CHECK(max->attachments.size() == 198);
    CHECK(refusal(with(197)) == wss::errc::policy);
}

TEST_CASE("Digest and signature values are compared in full length", "[wss][attack 11]")
{
    const std::string soap = message::signed_soap();
    const std::size_t start = soap.find("<ds:DigestValue>") + 16;
    const std::string digest = soap.substr(start, soap.find('<', start) - start);
    for (const std::string& value :
         {std::string(), digest.substr(0, 4), digest.substr(0, 40), digest + digest,
          std::string("AA=="), std::string("!"), std::string(100'000, 'A')}) {
        INFO(value.substr(0, 100));
        const auto code = refusal(
            re_signed(first_replaced(soap, "<ds:DigestValue>" + digest, "<ds:DigestValue>" + value))
        );
        // the forger mends a digest of an element; that of an attachment it leaves
        CHECK((code == boost::system::error_code() || code == wss::errc::malformed));
        const std::string unmended =
            first_replaced(soap, "<ds:DigestValue>" + digest, "<ds:DigestValue>" + value);
        const auto outcome = message::verify(unmended);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == wss::errc::malformed);
    }
    const std::size_t value_start = soap.find("<ds:SignatureValue>") + 19;
    const std::string value = soap.substr(value_start, soap.find('<', value_start) - value_start);
    const auto with_value = [&](const std::string& other) { return replaced(soap, value, other); };
    CHECK(refusal(with_value("")) == wss::errc::malformed);
    CHECK(refusal(with_value("AAAA")) == wss::errc::bad_signature);
    CHECK(refusal(with_value(value.substr(0, 340))) == wss::errc::bad_signature);
    CHECK(
        refusal(with_value(base::base64(std::string(1, '\0') + base::from_base64(value).value()))
        ) == wss::errc::bad_signature
    );
    CHECK(refusal(with_value(base::base64(std::string(4096, 'x')))) == wss::errc::malformed);
    CHECK(refusal(with_value(base::base64(std::string(256, '\0')))) == wss::errc::bad_signature);
    CHECK(message::verify(with_value(value.substr(0, 76) + "&#13;\n" + value.substr(76))));
}

TEST_CASE("A signature of another shape is refused", "[wss]")
{
    const std::string soap = message::signed_soap();
    const std::size_t start = soap.find("<ds:Signature ");
    const std::string signature = soap.substr(start, soap.find("</ds:Signature>") + 15 - start);
    CHECK(refusal(replaced(soap, signature, "")) == wss::errc::not_signed);
    CHECK(refusal(replaced(soap, signature, signature + signature)) == wss::errc::malformed);
    CHECK(
        refusal(replaced(soap, "</ds:Signature>", "<ds:Object/></ds:Signature>")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(soap, "</ds:SignedInfo>", "<ds:x/></ds:SignedInfo>")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(soap, "</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(first_replaced(
            soap, "<ds:Reference URI",
            "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" URI"
        )) == wss::errc::policy
    );
    CHECK(
        refusal(replaced(soap, "</ds:Signature>", "</ds:Signature><wsse:UsernameToken/>")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(first_replaced(soap, "<ds:Reference URI=\"#_messaging\"", "<ds:Reference")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(
            soap, "<ds:SignedInfo xmlns:ds=\"" + std::string(wss::uri::ds) + "\">",
            "<ds:SignedInfo xmlns:ds=\"urn:other\">"
        )) == wss::errc::malformed
    );
}

TEST_CASE("A cid URI means its percent-decoded Content-ID", "[wss]")
{
    CHECK(wss::content_id_of("cid:message") == "message");
    CHECK(wss::content_id_of("CID:a%40b") == "a@b");
    CHECK(wss::content_id_of("cid:a%2") == "a%2");
    for (const std::string uri :
         {"", "cid:", "#cid:a", "http://cid:a", "ci:a", "cid:a%0D%0AX: y", "cid:a b", "cid:%00",
          "cid:a%7F"}) {
        INFO(uri);
        CHECK_FALSE(wss::content_id_of(uri));
    }
    CHECK_FALSE(wss::content_id_of("cid:" + std::string(1021, 'a')));
    CHECK(wss::content_id_of("cid:" + std::string(1020, 'a')));
}
