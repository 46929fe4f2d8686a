// SPDX-License-Identifier: Apache-2.0
// Streaming gzip (RFC 1952) with ISA-L: the payload compression of AS4 3.1.
#pragma once

#include "as4/errc.hpp"
#include "base/bytes.hpp"
#include "pmode/pmode.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace as4 {

// [TA23] Compresses the payloads that we send.
class Deflater {
public:
    Deflater();
    Deflater(Deflater&&) noexcept;
    Deflater& operator=(Deflater&&) noexcept;
    ~Deflater();
    // Both append to `gzip`. Call finish() once.
    void update(base::BytesView plain, base::Bytes& gzip);
    void finish(base::Bytes& gzip);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Takes plain octets in pieces of at most 64 KB, never an empty piece. An error of the sink ends
// the inflation.
using PlainSink = std::function<base::Result<>(base::BytesView)>;

// Inflates gzip octets. The limits are checked before each piece goes to the sink, so a gzip bomb
// costs at most 64 KB. The absolute size is checked first, the ratio only above its floor.
// Consecutive gzip members are one content (RFC 1952 2.2). [TA30][TA32][TA33]
// errc::decompression: broken, truncated, wrong CRC or ISIZE, octets after the end, or over the
// limits.
class Inflater {
public:
    explicit Inflater(const pmode::PayloadLimits& limits);
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();
    // An error is final: every later call fails, too.
    base::Result<> update(base::BytesView gzip, const PlainSink& sink);
    base::Result<> finish();
    std::uint64_t plain_size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace as4
