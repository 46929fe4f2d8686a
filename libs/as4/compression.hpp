// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) in pieces, with ISA-L: the payload compression of AS4 3.1.
#pragma once

#include "as4/errc.hpp"
#include "base/bytes.hpp"
#include "pmode/pmode.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace as4 {

// [TA23] What we send.
class Deflater {
public:
    Deflater();
    Deflater(Deflater&&) noexcept;
    Deflater& operator=(Deflater&&) noexcept;
    ~Deflater();
    void update(base::BytesView plain, base::Bytes& gzip); // appends
    void finish(base::Bytes& gzip);                        // once

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Takes plain octets in pieces of at most 64 KB, never an empty one. Its error ends the inflating.
using PlainSink = std::function<base::Result<>(base::BytesView)>;

// errc::decompression: broken, truncated, wrong CRC or ISIZE, octets after the end, or over the
// limits (absolute size first, ratio only above its floor). The limits are judged before each piece
// is handed on, so a bomb costs at most 64 KB. Several gzip members one after the other are one
// content (RFC 1952 2.2). [TA30][TA32][TA33]
class Inflater {
public:
    explicit Inflater(const pmode::PayloadLimits& limits);
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();
    base::Result<> update(base::BytesView gzip, const PlainSink& sink); // an error is final
    base::Result<> finish();
    std::uint64_t plain_size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace as4
