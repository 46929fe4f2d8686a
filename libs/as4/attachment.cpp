// SPDX-License-Identifier: Apache-2.0
// Memory use does not depend on the attachment's size. The exception is uncompressed text or XML,
// which has its own limit.
#include "as4/attachment.hpp"

#include "mime/content_type.hpp"
#include "wss/encryption.hpp"

#include <algorithm>

namespace as4 {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// Returns the media type without parameters, for the consumer of a part without MimeType property.
std::string bare_type(std::string_view content_type)
{
    const auto parsed = mime::parse_content_type(content_type);
    return parsed ? parsed->type : std::string("application/octet-stream");
}

} // namespace

Attachment::Attachment(
    ExpectedPart expected, std::string_view wire_type, const crypto::Secret* key,
    const pmode::PayloadLimits& limits, base::Path spool_folder
)
    : expected_(std::move(expected)),
      // [SwA 1.1.1 5.4.2] The media type after decryption selects the content transform. Gzip
      // octets are hashed without a transform, because the property CompressionType is signed.
      // [TA04]
      type_(expected_.encrypted ? expected_.decrypted_type : wire_type),
      form_(expected_.compressed ? wss::ContentForm::octets : wss::content_form(type_)),
      limits_(limits), spool_(std::move(spool_folder))
{
    if (expected_.encrypted) decryptor_.emplace(*key);
    if (expected_.compressed) inflater_.emplace(limits_);
}

base::Result<> Attachment::update(base::BytesView wire)
{
    travelled_ += wire.size();
    if (travelled_ > limits_.compressed) return base::Error(errc::too_large, expected_.content_id);
    while (!wire.empty()) {
        const auto piece = wire.substr(0, piece_size);
        wire.remove_prefix(piece.size());
        if (!decryptor_) {
            if (auto taken = take(piece); !taken) return taken;
            continue;
        }
        decrypted_.clear();
        decryptor_->update(piece, decrypted_);
        if (auto taken = take(decrypted_); !taken) return taken;
    }
    return {};
}

base::Result<> Attachment::take(base::BytesView octets)
{
    if (form_ != wss::ContentForm::octets) {
        if (whole_.size() + octets.size() > std::min(limits_.plain_text, limits_.inflated))
            return base::Error(errc::too_large, expected_.content_id + ": uncompressed text");
        whole_.append(octets);
        return {};
    }
    if (!inflater_ && spool_.size() + octets.size() > limits_.inflated)
        return base::Error(errc::too_large, expected_.content_id);
    sha256_.update(octets);
    if (inflater_ && inflated_) {
        const auto discard = [](base::BytesView) { return base::Result<>{}; };
        inflated_ = inflater_->update(octets, discard);
    }
    return spool_.write(octets);
}

// Neither EncryptedData/@MimeType nor the part's own Content-Type is signed. An attacker who
// changes the type selects one of three forms in which the same octets are hashed. The form
// `octets` proves the most and is never refused. The forms for text and XML would let line ends,
// comments and white space in tags change unnoticed. Therefore the signed MimeType, if there is
// one, must lead to the same form. Without a MimeType, an attacker can change only what the
// transform ignores, such as comments in canonical XML.
base::Result<> Attachment::check_form() const
{
    const bool told = !expected_.mime_type.empty();
    if (form_ == wss::ContentForm::octets || !told) return {};
    if (wss::content_form(expected_.mime_type) == form_) return {};
    return base::Error(
        errc::bad_part_property, expected_.content_id + ": MimeType and the part's type"
    );
}

base::Result<> Attachment::check_digest()
{
    if (form_ != wss::ContentForm::octets) {
        if (auto agreed = check_form(); !agreed) return agreed;
        auto hashed = wss::content_transform(whole_, type_);
        if (!hashed) return hashed.error();
        sha256_.update(*hashed);
        if (auto written = spool_.write(whole_); !written) return written;
    }
    // [TA35] The digest covers the transferred octets: the sender compresses first, then signs.
    digest_ = sha256_.finish();
    if (!base::equal_constant_time(digest_, expected_.digest))
        return base::Error(errc::part_digest, expected_.content_id);
    return {};
}

base::Result<VerifiedPart> Attachment::finish()
{
    // [TA37] The sender compresses first, then encrypts.
    if (decryptor_ && !decryptor_->finish())
        return base::Error(crypto::errc::decryption_failed, expected_.content_id);
    if (auto right = check_digest(); !right) return right.error();
    if (inflater_ && inflated_) inflated_ = inflater_->finish();
    if (!inflated_)
        return base::Error(
            inflated_.error().code, expected_.content_id + ": " + inflated_.error().detail
        );

    VerifiedPart part;
    part.content_id = expected_.content_id;
    part.mime_type = expected_.mime_type.empty() ? bare_type(type_) : expected_.mime_type;
    part.character_set = expected_.character_set;
    part.compressed = expected_.compressed;
    part.plain_size = inflater_ ? inflater_->plain_size() : spool_.size();
    part.sha256 = digest_;
    part.content = spool_.finish();
    return part;
}

} // namespace as4
