// SPDX-License-Identifier: Apache-2.0
// One payload on its way in, in one pass: hashed, gzipped if it travels so, spooled. Runs on the
// workers, one piece after the other; its file goes with it unless the content was taken out.
#pragma once

#include "as4/compression.hpp"
#include "base/spool.hpp"
#include "crypto/digest.hpp"
#include "pmode/pmode.hpp"

#include <optional>
#include <string>

namespace msh {

class PayloadIntake {
public:
    // `mime_type` of the plain octets: it decides what is signed of a payload that is not
    // compressed.
    PayloadIntake(
        base::Path spool_folder, bool compress, std::string mime_type,
        const pmode::PayloadLimits& limits
    );
    // errc::text_too_large: an uncompressed text or XML payload over limits.plain_text; errors of
    // base.
    base::Result<> feed(base::BytesView plain);
    // Once, before what follows. errors of xml: an uncompressed XML payload that is none.
    base::Result<> finish();
    // errc::too_compressible: the peer would take the gzip octets for a bomb. The ratio of the
    // whole is judged; a peer may judge it on the way.
    base::Result<> check_ratio(const pmode::PayloadLimits& limits) const;

    bool compressed() const { return compressed_; }
    std::uint64_t plain_size() const { return plain_size_; }
    const base::Bytes& plain_sha256() const { return plain_sha256_; }
    const base::Bytes& signed_sha256() const { return signed_sha256_; } // what the signature covers
    base::Content content() { return spool_.finish(); }                 // once

private:
    base::Result<> keep(base::BytesView octets);

    base::Spool spool_;
    std::string mime_type_;
    bool compressed_;
    bool whole_; // text or XML that travels plain: signed in another form
    std::uint64_t whole_limit_;
    base::Bytes text_;
    std::optional<as4::Deflater> deflater_; // until finish(): it is a few hundred KB
    std::uint64_t plain_size_ = 0;
    std::uint64_t kept_size_ = 0;
    crypto::Sha256 plain_;
    crypto::Sha256 kept_;
    base::Bytes plain_sha256_;
    base::Bytes signed_sha256_;
};

} // namespace msh
