// SPDX-License-Identifier: Apache-2.0
// One incoming payload, processed in one pass: hashed, compressed if required, spooled. Runs on
// State::intake, one piece after the other. The destructor deletes the file unless content() was
// called.
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
    // `mime_type`: of the plain octets. It decides in which form an uncompressed payload is signed.
    PayloadIntake(
        base::Path spool_folder, bool compress, std::string mime_type,
        const pmode::PayloadLimits& limits
    );
    // errc::text_too_large: an uncompressed text or XML payload over limits.plain_text; errors of
    // base.
    base::Result<> feed(base::BytesView plain);
    // Call once, before the functions below. Errors of xml: an uncompressed XML payload is not
    // XML.
    base::Result<> finish();
    // errc::too_compressible: the peer would take the gzip octets for a bomb. Judges the ratio of
    // the whole payload; a peer may judge it on the way.
    base::Result<> check_ratio(const pmode::PayloadLimits& limits) const;

    bool compressed() const { return compressed_; }
    std::uint64_t plain_size() const { return plain_size_; }
    const base::Bytes& plain_sha256() const { return plain_sha256_; }
    const base::Bytes& signed_sha256() const { return signed_sha256_; } // covered by the signature
    base::Content content() { return spool_.finish(); }                 // call once

private:
    base::Result<> keep(base::BytesView octets);

    base::Spool spool_;
    std::string mime_type_;
    bool compressed_;
    bool whole_; // uncompressed text or XML, which is signed in another form
    std::uint64_t whole_limit_;
    base::Bytes text_;
    std::optional<as4::Deflater> deflater_; // freed by finish(): it takes a few hundred KB
    std::uint64_t plain_size_ = 0;
    std::uint64_t kept_size_ = 0;
    crypto::Sha256 plain_;
    crypto::Sha256 kept_;
    base::Bytes plain_sha256_;
    base::Bytes signed_sha256_;
};

} // namespace msh
