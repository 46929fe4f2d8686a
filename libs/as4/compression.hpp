// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) in pieces, with ISA-L: the payload compression of AS4 3.1.
#pragma once

#include "as4/errc.hpp"
#include "base/bytes.hpp"
#include "pmode/pmode.hpp"

#include <cstdint>
#include <memory>

namespace as4 {

class Deflater {
public:
    Deflater();
    Deflater(Deflater&&) noexcept;
    Deflater& operator=(Deflater&&) noexcept;
    ~Deflater();
    void update(base::BytesView plain, base::Bytes& gzip); // appends
    void finish(base::Bytes& gzip);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// errc::decompression: broken, truncated, wrong CRC or ISIZE, octets after the end, or over the limits
// (absolute size first, ratio only above its floor). Several gzip members one after the other are one content (RFC 1952 2.2).
class Inflater {
public:
    explicit Inflater(const pmode::PayloadLimits& limits);
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();
    base::Result<> update(base::BytesView gzip, base::Bytes& plain); // appends; bounded by what 64 KB pieces can yield a call
    base::Result<> finish();
    std::uint64_t plain_size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace as4
