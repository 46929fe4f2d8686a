// SPDX-License-Identifier: Apache-2.0
// The single pass over a submitted payload.
#include "msh/payload_intake.hpp"

#include "msh/errc.hpp"
#include "wss/encryption.hpp"

#include <algorithm>

namespace msh {

PayloadIntake::PayloadIntake(
    base::Path spool_folder, bool compress, std::string mime_type,
    const pmode::PayloadLimits& limits
)
    : spool_(std::move(spool_folder)), mime_type_(std::move(mime_type)), compressed_(compress),
      whole_(!compress && wss::content_form(mime_type_) != wss::ContentForm::octets),
      whole_limit_(limits.plain_text)
{
    if (compress) deflater_.emplace();
}

base::Result<> PayloadIntake::feed(base::BytesView plain)
{
    plain_size_ += plain.size();
    plain_.update(plain);
    if (whole_) {
        if (plain_size_ > whole_limit_)
            return base::Error(errc::text_too_large, std::to_string(whole_limit_) + " octets");
        text_ += plain;
    }
    if (!deflater_) return keep(plain);
    base::Bytes gzip;
    deflater_->update(plain, gzip);
    return keep(gzip);
}

base::Result<> PayloadIntake::finish()
{
    if (deflater_) {
        base::Bytes gzip;
        deflater_->finish(gzip);
        deflater_.reset(); // a message of many payloads then holds only one
        if (auto kept = keep(gzip); !kept) return kept;
    }
    plain_sha256_ = plain_.finish();
    signed_sha256_ = compressed() ? kept_.finish() : plain_sha256_;
    if (!whole_) return {};
    // [SwA 1.1.1 5.4.2] Text and XML are signed in a canonical form.
    const auto canonical = wss::content_transform(text_, mime_type_);
    if (!canonical) return canonical.error();
    signed_sha256_ = crypto::sha256(*canonical);
    text_ = {};
    return {};
}

base::Result<> PayloadIntake::check_ratio(const pmode::PayloadLimits& limits) const
{
    const bool judged = compressed() && plain_size_ > limits.compression_ratio_floor;
    if (!judged || plain_size_ / std::max<std::uint64_t>(limits.ratio, 1) <= kept_size_) return {};
    return base::Error(
        errc::too_compressible,
        "by more than " + std::to_string(limits.ratio) + " to 1, which peers take for a gzip bomb"
    );
}

base::Result<> PayloadIntake::keep(base::BytesView octets)
{
    kept_size_ += octets.size();
    if (compressed_) kept_.update(octets);
    return spool_.write(octets);
}

} // namespace msh
