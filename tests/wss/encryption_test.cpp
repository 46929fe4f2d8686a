// SPDX-License-Identifier: Apache-2.0
// The encryption header: made and read back, and every form of it that must not be taken.
#include "wss/encryption.hpp"

#include "wss/message.hpp"

#include <catch2/catch.hpp>

using message::first_replaced;
using message::replaced;
using wss::TokenReference;

namespace {

const std::vector<wss::EncryptedPart> two_parts{
    {"message", "application/gzip"}, {"attachment@x", "text/plain"}
};
const std::string oaep_mgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

wss::EncryptionHeader header_for_bob(
    TokenReference token = TokenReference::bst_x509v3,
    const wss::KeyTransport& transport = wss::Algorithms().key_transport.front()
)
{
    auto header =
        wss::make_encryption_header(two_parts, message::bob().certificate(), transport, token);
    REQUIRE(header);
    return *std::move(header);
}

std::string inserted(const std::string& header_xml)
{
    const wss::SignedEnvelope envelope = message::envelope();
    return std::string(envelope.soap).insert(envelope.insert_at, header_xml);
}

base::Result<wss::SecurityHeader> read(const std::string& soap, const wss::Algorithms& allowed = {})
{
    const auto document = xml::Document::parse(soap);
    REQUIRE(document);
    const auto places = wss::locate(*document);
    REQUIRE(places);
    REQUIRE(places->security);
    auto header = wss::read_security(*document, *places->security, allowed);
    if (header) header->signature.reset(); // its nodes end with the document
    return header;
}

boost::system::error_code
refusal(const std::string& header_xml, const wss::Algorithms& allowed = {})
{
    const auto header = read(inserted(header_xml), allowed);
    if (header) return {};
    UNSCOPED_INFO(header.error().text());
    return header.error().code;
}

std::string element(const std::string& xml, const std::string& begin, const std::string& end)
{
    const std::size_t start = xml.find(begin);
    REQUIRE(start != std::string::npos);
    return xml.substr(start, xml.find(end, start) + end.size() - start);
}

} // namespace

TEST_CASE(
    "The recipient gets the content key and the parts, with each token reference",
    "[wss][AS4 5.1.6]"
)
{
    for (const auto token :
         {TokenReference::bst_x509v3, TokenReference::bst_pkipath,
          TokenReference::subject_key_identifier, TokenReference::issuer_serial}) {
        const wss::EncryptionHeader made = header_for_bob(token);
        CHECK(made.key.view().size() == 16);
        const std::string soap = inserted(made.xml);
        CHECK(message::verify(soap)); // the signature is as it was
        const auto header = read(soap);
        REQUIRE(header);
        REQUIRE(header->encryption);
        CHECK(header->encryption->key.form == token);
        CHECK(header->encryption->transport == wss::Algorithms().key_transport.front());
        REQUIRE(header->encryption->parts.size() == 2);
        CHECK(header->encryption->parts[0].content_id == "message");
        CHECK(header->encryption->parts[0].mime_type == "application/gzip");
        CHECK(header->encryption->parts[1].content_id == "attachment@x");
        const auto key = wss::unwrap_key(*header->encryption, message::bob().signer());
        REQUIRE(key);
        CHECK(key->view() == made.key.view());
        CHECK(
            wss::unwrap_key(*header->encryption, message::alice().signer()).error().code ==
            wss::errc::policy
        );
    }
}

TEST_CASE("Each header has a fresh key", "[wss]")
{
    CHECK_FALSE(header_for_bob().key.view() == header_for_bob().key.view());
    CHECK_FALSE(wss::make_encryption_header(
        {}, message::bob().certificate(), wss::Algorithms().key_transport.front(),
        TokenReference::bst_x509v3
    ));
}

TEST_CASE("Each key transport is written, read and held against the allow-list", "[wss][ED115]")
{
    using crypto::Hash;
    const std::vector<wss::KeyTransport> transports{
        {std::string(wss::uri::rsa_oaep), {Hash::sha256, Hash::sha256}},
        {std::string(wss::uri::rsa_oaep), {Hash::sha256, Hash::sha1}},
        {std::string(wss::uri::rsa_oaep), {Hash::sha1, Hash::sha1}},
        {oaep_mgf1p, {Hash::sha256, Hash::sha1}},
        {oaep_mgf1p, {Hash::sha1, Hash::sha1}}
    };
    for (std::size_t i = 0; i < transports.size(); ++i) {
        const wss::EncryptionHeader made =
            header_for_bob(TokenReference::bst_x509v3, transports[i]);
        wss::Algorithms allowed;
        allowed.key_transport = {transports[(i + 1) % transports.size()], transports[i]};
        const auto header = read(inserted(made.xml), allowed);
        REQUIRE(header);
        CHECK(header->encryption->transport == transports[i]);
        const auto key = wss::unwrap_key(*header->encryption, message::bob().signer());
        REQUIRE(key);
        CHECK(key->view() == made.key.view());
        CHECK(
            refusal(made.xml) ==
            (i == 0 ? boost::system::error_code() : make_error_code(wss::errc::policy))
        );
    }
    const wss::KeyTransport impossible{oaep_mgf1p, {Hash::sha256, Hash::sha256}};
    CHECK_FALSE(wss::make_encryption_header(
        two_parts, message::bob().certificate(), impossible, TokenReference::bst_x509v3
    ));
}

TEST_CASE(
    "Absent parameters of rsa-oaep mean SHA-1, which the profile does not allow",
    "[wss][XML Enc 1.1 5.5.2]"
)
{
    const std::string xml = header_for_bob().xml;
    const std::string mgf = element(xml, "<xenc11:MGF", "</xenc11:MGF>");
    const std::string digest = element(xml, "<ds:DigestMethod", "</ds:DigestMethod>");
    CHECK(refusal(replaced(xml, mgf, "")) == wss::errc::policy);
    CHECK(refusal(replaced(xml, digest, "")) == wss::errc::policy);
    wss::Algorithms allowed;
    allowed.key_transport = {
        {std::string(wss::uri::rsa_oaep), {crypto::Hash::sha1, crypto::Hash::sha1}}
    };
    CHECK(
        refusal(replaced(replaced(xml, mgf, ""), digest, ""), allowed) ==
        boost::system::error_code()
    );
}

TEST_CASE(
    "Key transport of another kind is refused before the private key is used", "[wss][attack 12]"
)
{
    const std::string xml = header_for_bob().xml;
    const std::string transport(wss::uri::rsa_oaep);
    for (const char* other :
         {"http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#kw-aes128",
          "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", "", "x"}) {
        INFO(other);
        wss::Algorithms allowed;
        allowed.key_transport.push_back({other, {}}); // not even if somebody lists it
        CHECK(refusal(first_replaced(xml, transport, other), allowed) == wss::errc::policy);
    }
    const std::string mgf = element(xml, "<xenc11:MGF", "</xenc11:MGF>");
    CHECK(
        refusal(replaced(xml, mgf, mgf + "<xenc:OAEPparams>AAAA</xenc:OAEPparams>")) ==
        wss::errc::policy
    );
    CHECK(refusal(replaced(xml, mgf, mgf + mgf)) == wss::errc::policy);
    CHECK(refusal(replaced(xml, "#mgf1sha256", "#mgf1sha512")) == wss::errc::policy);
}

TEST_CASE("Content encryption of another kind is refused", "[wss][attack 13]")
{
    const std::string xml = header_for_bob().xml;
    for (const char* other :
         {"http://www.w3.org/2001/04/xmlenc#aes128-cbc",
          "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
          "http://www.w3.org/2009/xmlenc11#aes256-gcm", ""}) {
        INFO(other);
        CHECK(
            refusal(first_replaced(xml, std::string(wss::uri::aes128_gcm), other)) ==
            wss::errc::policy
        );
        wss::Algorithms allowed;
        allowed.content.push_back(other);
        CHECK(
            refusal(first_replaced(xml, std::string(wss::uri::aes128_gcm), other), allowed) ==
            wss::errc::policy
        );
    }
}

TEST_CASE(
    "A wrapped key that cannot be opened gives a random key and no other sign", "[wss][attack 12]"
)
{
    const auto read_header = read(inserted(header_for_bob().xml));
    REQUIRE(read_header);
    const crypto::Signer bob = message::bob().signer();
    const wss::Encryption good = *read_header->encryption;
    const auto right = wss::unwrap_key(good, bob);
    REQUIRE(right);
    std::string flipped = good.wrapped_key;
    flipped[100] = static_cast<char>(flipped[100] ^ 1);
    const auto too_long = crypto::encrypt(
        bob.certificate(), crypto::Secret(std::string(32, 'k')), good.transport.oaep
    );
    const auto too_short = crypto::encrypt(
        bob.certificate(), crypto::Secret(std::string(15, 'k')), good.transport.oaep
    );
    const auto other_hash = crypto::encrypt(
        bob.certificate(), crypto::Secret(std::string(16, 'k')),
        {crypto::Hash::sha1, crypto::Hash::sha1}
    );
    REQUIRE((too_long && too_short && other_hash));
    for (const std::string& wrapped :
         {flipped, good.wrapped_key.substr(1), std::string("x"), std::string(256, '\xFF'),
          std::string(256, '\0'), *too_long, *too_short, *other_hash}) {
        wss::Encryption encryption = good;
        encryption.wrapped_key = wrapped;
        const auto first = wss::unwrap_key(encryption, bob);
        const auto second = wss::unwrap_key(encryption, bob);
        REQUIRE((first && second));
        CHECK(first->view().size() == 16);
        CHECK_FALSE(first->view() == right->view());
        CHECK_FALSE(first->view() == second->view());
    }
}

TEST_CASE("The ReferenceList names exactly the EncryptedData that are there", "[wss][attack 15]")
{
    const std::string xml = header_for_bob().xml;
    const std::string data = element(xml, "<xenc:EncryptedData", "</xenc:EncryptedData>");
    const std::string reference = element(xml, "<xenc:DataReference", "</xenc:DataReference>");
    const std::string list = element(xml, "<xenc:ReferenceList>", "</xenc:ReferenceList>");
    CHECK(refusal(replaced(xml, data, "")) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, reference, "")) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, reference, reference + reference)) == wss::errc::malformed);
    CHECK(
        refusal(replaced(xml, reference, reference + "<xenc:DataReference URI=\"#nowhere\"/>")) ==
        wss::errc::malformed
    );
    CHECK(
        refusal(replaced(xml, reference, reference + "<xenc:KeyReference URI=\"#nowhere\"/>")) ==
        wss::errc::malformed
    );
    CHECK(refusal(replaced(xml, list, "")) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, list, "<xenc:ReferenceList/>")) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, data, data + data)) == wss::errc::malformed); // one id twice
    const std::string second_id = first_replaced(data, " Id=\"ED-", " Id=\"other-ED-");
    CHECK(refusal(replaced(xml, data, data + second_id)) == wss::errc::malformed);
    const std::string external = first_replaced(reference, "\"#", "\"http://127.0.0.1:1/#");
    CHECK(refusal(replaced(xml, reference, external)) == wss::errc::policy);
}

TEST_CASE("An attachment is encrypted once, under one key", "[wss][attack 15]")
{
    const std::string xml = header_for_bob().xml;
    CHECK(refusal(replaced(xml, "cid:attachment@x", "cid:message")) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, "cid:attachment@x", "cid:%6Dessage")) == wss::errc::malformed);
    const std::string key = element(xml, "<xenc:EncryptedKey", "</xenc:EncryptedKey>");
    CHECK(refusal(replaced(xml, key, key + key)) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, key, "")) == wss::errc::malformed);
    CHECK(refusal(key) == wss::errc::malformed);
    CHECK(refusal(replaced(xml, "URI=\"#EK-", "URI=\"#XX-")) == wss::errc::policy);
    const std::string key_info = element(
        element(xml, "<xenc:EncryptedData", "</xenc:EncryptedData>"), "<ds:KeyInfo>",
        "</ds:KeyInfo>"
    );
    CHECK(
        refusal(first_replaced(xml, key_info, "")) == boost::system::error_code()
    ); // the ReferenceList says which key
    CHECK(
        refusal(first_replaced(xml, key_info, "<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo>")
        ) == wss::errc::policy
    );
    CHECK(
        refusal(first_replaced(xml, key_info, "<ds:KeyInfo><xenc:EncryptedKey/></ds:KeyInfo>")) ==
        wss::errc::policy
    );
}

TEST_CASE("Only attachments are encrypted, in the one form of the profile", "[wss][attack 15]")
{
    const std::string xml = header_for_bob().xml;
    const std::string reference = element(xml, "<xenc:CipherReference", "</xenc:CipherReference>");
    CHECK(
        refusal(replaced(xml, reference, "<xenc:CipherValue>AAAA</xenc:CipherValue>")) ==
        wss::errc::policy
    );
    for (const char* uri : {"#_messaging", "http://127.0.0.1:1/", "file:///etc/passwd", "", "cid:"})
        CHECK(refusal(replaced(xml, "cid:message", uri)) == wss::errc::policy);
    CHECK(
        refusal(first_replaced(
            xml, std::string(wss::uri::attachment_content_only),
            "http://www.w3.org/2001/04/xmlenc#Element"
        )) == wss::errc::policy
    );
    CHECK(
        refusal(first_replaced(xml, "#Attachment-Content-Only", "#Attachment-Complete")) ==
        wss::errc::policy
    );
    CHECK(
        refusal(first_replaced(
            xml, std::string(wss::uri::attachment_ciphertext),
            "http://www.w3.org/2000/09/xmldsig#base64"
        )) == wss::errc::policy
    );
    const std::string transform = element(xml, "<ds:Transform Algorithm", "</ds:Transform>");
    CHECK(refusal(first_replaced(xml, transform, "")) == wss::errc::policy);
    CHECK(refusal(first_replaced(xml, transform, transform + transform)) == wss::errc::policy);
    CHECK(
        refusal(first_replaced(
            xml, element(xml, "<xenc:CipherValue>", "</xenc:CipherValue>"),
            "<xenc:CipherReference URI=\"http://127.0.0.1:1/\"/>"
        )) == wss::errc::policy
    );
    CHECK(
        refusal(replaced(xml, "application/gzip", std::string(300, 'x'))) == wss::errc::malformed
    );
}

TEST_CASE("The order of key and data is free, and ids may be wsu:Id", "[wss][ENT4 2.2.6.2]")
{
    const std::string xml = header_for_bob().xml;
    const std::string key = element(xml, "<xenc:EncryptedKey", "</xenc:EncryptedKey>");
    CHECK(refusal(replaced(xml, key, "") + key) == boost::system::error_code());
    CHECK(
        refusal(replaced(replaced(xml, " Id=\"EK-", " wsu:Id=\"EK-"), " Id=\"ED-", " wsu:Id=\"ED-")
        ) == boost::system::error_code()
    );
    CHECK(
        refusal(replaced(xml, " Id=\"ED-", " wsu:Id=\"other\" Id=\"ED-")) == wss::errc::malformed
    );
}

TEST_CASE(
    "A token form that the P-Mode does not allow for encryption is refused", "[wss][attack 9]"
)
{
    wss::Algorithms allowed;
    allowed.encryption_token = {TokenReference::bst_x509v3};
    CHECK(refusal(header_for_bob().xml, allowed) == boost::system::error_code());
    CHECK(
        refusal(header_for_bob(TokenReference::subject_key_identifier).xml, allowed) ==
        wss::errc::policy
    );
}

TEST_CASE(
    "Two EncryptedData with one id are refused, and so is a key without an id that is named",
    "[wss][attack 15]"
)
{
    const std::string xml = header_for_bob().xml;
    const std::size_t first = xml.find("<xenc:EncryptedData");
    const std::size_t second = xml.find("<xenc:EncryptedData", first + 1);
    const auto id_at = [&](std::size_t data) { return xml.find(" Id=\"ED-", data) + 8; };
    std::string same = xml;
    same.replace(id_at(second), 36, xml.substr(id_at(first), 36));
    CHECK(refusal(same) == wss::errc::malformed);
    const std::size_t key_at = xml.find(" Id=\"EK-");
    const std::string key_id = xml.substr(key_at + 5, 39);
    const std::string nameless = replaced(std::string(xml).erase(key_at, 45), key_id, "");
    CHECK(nameless.find("URI=\"#\"") != std::string::npos);
    CHECK(refusal(nameless) == wss::errc::policy);
}
