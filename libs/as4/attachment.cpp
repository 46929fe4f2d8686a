// SPDX-License-Identifier: Apache-2.0
// Memory does not depend on the attachment's size, but for uncompressed text, which has a limit of
// its own.
#include "as4/attachment.hpp"

#include "mime/content_type.hpp"
#include "wss/encryption.hpp"

namespace as4 {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// The bare media type; what cannot be read counts as octets, which then have to fit the signed
// digest.
std::string media_type(std::string_view text)
{
    const auto parsed = mime::parse_content_type(text);
    return parsed ? parsed->type : std::string("application/octet-stream");
}

} // namespace

Attachment::Attachment(
    ExpectedPart expected, std::string_view wire_type, const crypto::Secret* key,
    const pmode::PayloadLimits& limits, base::Path spool_folder
)
    : expected_(std::move(expected)),
      // [SwA 1.1.1 5.4.2] the transform goes by the type after decryption; gzip octets are hashed
      // as they are.
      type_(media_type(expected_.encrypted ? expected_.decrypted_type : wire_type)),
      kept_whole_(!expected_.compressed && !wss::transform_is_identity(type_)), limits_(limits),
      spool_(std::move(spool_folder))
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
    if (kept_whole_) {
        if (whole_.size() + octets.size() > limits_.plain_text)
            return base::Error(errc::too_large, expected_.content_id + ": uncompressed text");
        whole_.append(octets);
        return {};
    }
    sha256_.update(octets);
    if (inflater_ && inflated_) {
        const auto discard = [](base::BytesView) { return base::Result<>{}; };
        inflated_ = inflater_->update(octets, discard);
    }
    return spool_.write(octets);
}

base::Result<> Attachment::check_digest()
{
    if (kept_whole_) {
        auto hashed = wss::content_transform(whole_, type_);
        if (!hashed) return hashed.error();
        sha256_.update(*hashed);
        if (auto written = spool_.write(whole_); !written) return written;
    }
    digest_ = sha256_.finish();
    if (!base::equal_constant_time(digest_, expected_.digest))
        return base::Error(errc::part_digest, expected_.content_id);
    return {};
}

base::Result<VerifiedPart> Attachment::finish()
{
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
    part.mime_type = expected_.mime_type.empty() ? type_ : expected_.mime_type;
    part.character_set = expected_.character_set;
    part.compressed = expected_.compressed;
    part.plain_size = inflater_ ? inflater_->plain_size() : spool_.size();
    part.sha256 = digest_;
    part.content = spool_.finish();
    return part;
}

} // namespace as4
