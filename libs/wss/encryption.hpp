// SPDX-License-Identifier: Apache-2.0
// Encryption of attachments [AS4 5.1.6-5.1.7]: one content key, encrypted for the recipient's
// certificate, and one EncryptedData per part. crypto::GcmEncryptor and GcmDecryptor process the
// octets of the parts.
#pragma once

#include "crypto/rsa.hpp"
#include "crypto/secret.hpp"
#include "wss/security_header.hpp"

#include <string>
#include <vector>

namespace wss {

struct EncryptionHeader {
    // BinarySecurityToken (if the token form has one), EncryptedKey, EncryptedData*. To be inserted
    // at SignedEnvelope::insert_at.
    base::Bytes xml;
    crypto::Secret key; // 16 octets, fresh and random
};
// Makes a content key and encrypts it for the recipient. errc::malformed if `parts` is empty;
// errc::policy if `transport` or `token` is not possible; errors of crypto::encrypt().
base::Result<EncryptionHeader> make_encryption_header(
    const std::vector<EncryptedPart>& parts, const crypto::Certificate& recipient,
    const KeyTransport& transport, TokenReference token
);

// Returns the content key. If OAEP fails or the key has a wrong length, returns a random key. The
// failure then shows only at the tag of a part, like any other failure (facts: attack 12).
// errc::policy only if the header names another recipient's certificate.
base::Result<crypto::Secret> unwrap_key(const Encryption& encryption, const crypto::Signer& own);

// The form in which a part is hashed depends on its media type [SwA 1.1.1 5.4.2]:
// - xml: text/xml, application/xml, application/*+xml and image/*+xml in exclusive canonical form;
// - text: other text/* with CRLF line ends;
// - octets: everything else, unchanged.
enum class ContentForm { xml, text, octets };
ContentForm content_form(std::string_view mime_type);

// Returns the octets that are hashed for a part. The caller must limit the size of the part,
// because all of it is held in memory. XML is read in any encoding of xml/encoding.hpp, as its own
// declaration says. Text is treated as octets, whatever its charset. During the call an XML tree
// has at most 250,000 nodes (about 30 MB). Errors of xml.
base::Result<base::Bytes> content_transform(base::BytesView octets, std::string_view mime_type);

} // namespace wss
