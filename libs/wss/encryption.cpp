// SPDX-License-Identifier: Apache-2.0
// Makes the content key of the attachments and encrypts it for the recipient, or decrypts it with
// our own key.
#include "wss/encryption.hpp"

#include "base/id.hpp"
#include "crypto/random.hpp"
#include "wss/content_id.hpp"
#include "wss/token.hpp"
#include "xml/escape.hpp"

namespace wss {

namespace {

constexpr std::size_t content_key_size = 16; // aes128-gcm [TA13]

std::string attribute(std::string_view name, std::string_view value)
{
    return std::string(" ")
        .append(name)
        .append("=\"")
        .append(xml::escape_attribute(value))
        .append("\"");
}

std::string encryption_method(const KeyTransport& transport)
{
    const bool sha256 = transport.oaep.digest == crypto::Hash::sha256;
    const bool mgf_sha256 = transport.oaep.mgf1 == crypto::Hash::sha256;
    std::string element =
        "<xenc:EncryptionMethod" + attribute("Algorithm", transport.uri) + "><ds:DigestMethod" +
        attribute("Algorithm", sha256 ? uri::sha256 : uri::sha1) + "></ds:DigestMethod>";
    // The URI of rsa-oaep-mgf1p already fixes the MGF.
    if (transport.uri == uri::rsa_oaep) {
        element += "<xenc11:MGF" + attribute("xmlns:xenc11", uri::xenc11) +
                   attribute("Algorithm", mgf_sha256 ? uri::mgf1_sha256 : uri::mgf1_sha1) +
                   "></xenc11:MGF>";
    }
    return element + "</xenc:EncryptionMethod>";
}

std::string
encrypted_data(const EncryptedPart& part, const std::string& id, const std::string& key_id)
{
    return "<xenc:EncryptedData" + attribute("xmlns:xenc", uri::xenc) +
           attribute("xmlns:ds", uri::ds) + attribute("Id", id) +
           attribute("MimeType", part.mime_type) + attribute("Type", uri::attachment_content_only) +
           "><xenc:EncryptionMethod" + attribute("Algorithm", uri::aes128_gcm) +
           "></xenc:EncryptionMethod><ds:KeyInfo><wsse:SecurityTokenReference" +
           attribute("xmlns:wsse11", uri::wsse11) +
           attribute("wsse11:TokenType", uri::encrypted_key_token) + "><wsse:Reference" +
           attribute("URI", "#" + key_id) +
           "></wsse:Reference></wsse:SecurityTokenReference></ds:KeyInfo><xenc:CipherData>" +
           "<xenc:CipherReference" + attribute("URI", cid_uri(part.content_id)) +
           "><xenc:Transforms><ds:Transform" + attribute("Algorithm", uri::attachment_ciphertext) +
           "></ds:Transform></xenc:Transforms></xenc:CipherReference></xenc:CipherData></"
           "xenc:EncryptedData>";
}

} // namespace

base::Result<EncryptionHeader> make_encryption_header(
    const std::vector<EncryptedPart>& parts, const crypto::Certificate& recipient,
    const KeyTransport& transport, TokenReference token
)
{
    if (parts.empty()) return base::Error(errc::malformed, "nothing to encrypt");
    if (transport.uri != uri::rsa_oaep && transport.oaep.mgf1 != crypto::Hash::sha1)
        return base::Error(errc::policy, "MGF of rsa-oaep-mgf1p");
    crypto::Secret key(crypto::random_bytes(content_key_size));
    const auto wrapped = crypto::encrypt(recipient, key, transport.oaep);
    if (!wrapped) return wrapped.error();
    const auto reference = write_token(token, {recipient});
    if (!reference) return reference.error();

    const std::string key_id = "EK-" + base::uuid();
    std::string list;
    std::string data;
    for (const EncryptedPart& part : parts) {
        const std::string id = "ED-" + base::uuid();
        list += "<xenc:DataReference" + attribute("URI", "#" + id) + "></xenc:DataReference>";
        data += encrypted_data(part, id, key_id);
    }
    // [BSP R5205, R3208] The token comes before the key, and the key before the data.
    std::string header = reference->binary_security_token + "<xenc:EncryptedKey" +
                         attribute("xmlns:xenc", uri::xenc) + attribute("xmlns:ds", uri::ds) +
                         attribute("Id", key_id) + ">" + encryption_method(transport) +
                         reference->key_info + "<xenc:CipherData><xenc:CipherValue>" +
                         base::base64(*wrapped) +
                         "</xenc:CipherValue></xenc:CipherData><xenc:ReferenceList>" + list +
                         "</xenc:ReferenceList></xenc:EncryptedKey>" + data;
    return EncryptionHeader{std::move(header), std::move(key)};
}

base::Result<crypto::Secret> unwrap_key(const Encryption& encryption, const crypto::Signer& own)
{
    // [ED115 1.4.2.4] A reference of any form must name our current certificate.
    const auto named = candidates(encryption.key, {own.certificate()});
    if (named.empty() || !(named.front() == own.certificate()))
        return base::Error(errc::policy, "encrypted for another certificate");
    // Make the random key in every case, so that success and failure do the same work in the same
    // time.
    crypto::Secret stand_in(crypto::random_bytes(content_key_size));
    auto key = own.decrypt(encryption.wrapped_key, encryption.transport.oaep);
    if (!key || key->view().size() != content_key_size) return stand_in;
    return *std::move(key);
}

} // namespace wss
