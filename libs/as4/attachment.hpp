// SPDX-License-Identifier: Apache-2.0
// One attachment on its way in, in one pass: GCM, SHA-256, inflating as a check, spool. What it
// holds before finish() has succeeded is not authentic and leaves it by no door.
#pragma once

#include "as4/compression.hpp"
#include "base/spool.hpp"
#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"
#include "wss/encryption.hpp"

#include <optional>
#include <string>

namespace as4 {

// One payload as received: the octets that were signed (gzip octets if compressed), proven.
struct VerifiedPart {
    std::string content_id;
    std::string mime_type; // part property MimeType, else the part's own type
    std::string character_set;
    bool compressed = false;
    std::uint64_t plain_size = 0; // after inflating
    base::Bytes sha256;           // of the signed octets
    base::Content content;        // as travelled: gzip octets if compressed
};

// What the verified header says of a part.
struct ExpectedPart {
    std::string content_id;
    std::string mime_type;     // part property MimeType, may be empty
    std::string character_set; // part property CharacterSet, may be empty
    bool compressed = false;
    bool encrypted = false;
    std::string decrypted_type; // EncryptedData/@MimeType: the part's type after decryption
    base::Bytes digest;         // as signed
};

class Attachment {
public:
    // `wire_type` is the MIME part's own Content-Type, `key` the content key if the part is
    // encrypted.
    Attachment(
        ExpectedPart expected, std::string_view wire_type, const crypto::Secret* key,
        const pmode::PayloadLimits& limits, base::Path spool_folder
    );
    base::Result<> update(base::BytesView wire); // errc::too_large; errors of base from the spool
    // The tag, then the digest, then the outcome of inflating: crypto::errc::decryption_failed,
    // errc::bad_part_property, errc::part_digest, errc::decompression. Once.
    base::Result<VerifiedPart> finish();

private:
    base::Result<> take(base::BytesView octets);
    base::Result<> check_form() const;
    base::Result<> check_digest();

    ExpectedPart expected_;
    std::string type_;      // the media type that decides the content transform
    wss::ContentForm form_; // of what is hashed; text and XML are kept whole for it
    pmode::PayloadLimits limits_;
    std::uint64_t travelled_ = 0;
    std::optional<crypto::GcmDecryptor> decryptor_;
    base::Bytes decrypted_;
    crypto::Sha256 sha256_;
    base::Bytes digest_;
    std::optional<Inflater> inflater_;
    base::Result<>
        inflated_; // told only after tag and digest: else it would say what a wrong key decrypts to
    base::Bytes whole_;
    base::Spool spool_;
};

} // namespace as4
