// SPDX-License-Identifier: Apache-2.0
// Processes one received attachment in one pass: GCM decryption, SHA-256, inflation as a check,
// spool. The content is not authentic before finish() succeeds, and is not released before.
#pragma once

#include "as4/compression.hpp"
#include "base/spool.hpp"
#include "crypto/digest.hpp"
#include "crypto/gcm.hpp"
#include "wss/encryption.hpp"

#include <optional>
#include <string>

namespace as4 {

// One received payload whose digest equals the signed one.
struct VerifiedPart {
    std::string content_id;
    std::string mime_type; // part property MimeType, else the part's own type
    std::string character_set;
    bool compressed = false;
    std::uint64_t plain_size = 0; // after inflating
    base::Bytes sha256;           // of the signed octets
    base::Content content;        // as transferred: gzip octets if compressed
};

// One part as the verified header describes it.
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
    // `wire_type` is the Content-Type of the MIME part. `key` is the content key; it must not be
    // null if the part is encrypted.
    Attachment(
        ExpectedPart expected, std::string_view wire_type, const crypto::Secret* key,
        const pmode::PayloadLimits& limits, base::Path spool_folder
    );
    // errc::too_large: the part exceeds a limit. Errors of base come from the spool.
    base::Result<> update(base::BytesView wire);
    // Checks the GCM tag, then the digest, then the outcome of the inflation. Call once.
    // crypto::errc::decryption_failed, errc::bad_part_property, errc::part_digest,
    // errc::decompression. Errors of xml come from the content transform, errors of base from the
    // spool.
    base::Result<VerifiedPart> finish();

private:
    base::Result<> take(base::BytesView octets);
    base::Result<> check_form() const;
    base::Result<> check_digest();

    ExpectedPart expected_;
    std::string type_;      // the media type that decides the content transform
    wss::ContentForm form_; // how the part is hashed; text and XML are kept whole in whole_
    pmode::PayloadLimits limits_;
    std::uint64_t travelled_ = 0;
    std::optional<crypto::GcmDecryptor> decryptor_;
    base::Bytes decrypted_;
    crypto::Sha256 sha256_;
    base::Bytes digest_;
    std::optional<Inflater> inflater_;
    // Reported only after the checks of tag and digest. Reported earlier, the outcome would reveal
    // what a wrong key decrypts to.
    base::Result<> inflated_;
    base::Bytes whole_;
    base::Spool spool_;
};

} // namespace as4
