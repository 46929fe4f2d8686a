// SPDX-License-Identifier: Apache-2.0
// Encryption of attachments [AS4 5.1.6-5.1.7]: one content key under the recipient's certificate,
// one EncryptedData a part. The octets themselves are crypto::GcmEncryptor's and GcmDecryptor's.
#pragma once

#include "crypto/rsa.hpp"
#include "crypto/secret.hpp"
#include "wss/security_header.hpp"

#include <string>
#include <vector>

namespace wss {

struct EncryptionHeader {
    base::Bytes xml; // BinarySecurityToken (if the form has one), EncryptedKey, EncryptedData*: for
                     // insert_at
    crypto::Secret key; // 16 octets, fresh
};
base::Result<EncryptionHeader> make_encryption_header(
    const std::vector<EncryptedPart>& parts, const crypto::Certificate& recipient,
    const KeyTransport& transport, TokenReference token
);

// The content key. After a failed OAEP it is a random key, so that the failure shows only at the
// tag of a part and looks like any other (facts: attack 12). errc::policy only if the header names
// another recipient's certificate.
base::Result<crypto::Secret> unwrap_key(const Encryption& encryption, const crypto::Signer& own);

// In which form a part of that media type is hashed [SwA 1.1.1 5.4.2]: text/xml, application/xml,
// application/*+xml and image/*+xml in exclusive canonical form, other text/* with CRLF line ends,
// everything else as it is.
enum class ContentForm { xml, text, octets };
ContentForm content_form(std::string_view mime_type);

// The octets that are hashed for a part. Only for content that was kept whole under a limit. XML is
// read as UTF-8 or UTF-16, by its own declaration; text is octets, whatever its charset. A tree has
// at most 250,000 nodes (about 30 MB) for as long as the call lasts. Errors of xml.
base::Result<base::Bytes> content_transform(base::BytesView octets, std::string_view mime_type);

} // namespace wss
