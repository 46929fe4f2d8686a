// SPDX-License-Identifier: Apache-2.0
// Below 256 µs each microsecond is a bucket; from there on 128 buckets for each doubling.
#include "kurir-load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kurir_load {

namespace {

constexpr unsigned exact_bits = 8;
constexpr std::uint64_t per_doubling = 128;

std::size_t bucket_of(std::uint64_t micros)
{
    const auto width = static_cast<unsigned>(std::bit_width(micros));
    const unsigned shift = width > exact_bits ? width - exact_bits : 0;
    return shift * per_doubling + (micros >> shift);
}

// The last microsecond that counts there.
std::uint64_t end_of(std::size_t bucket)
{
    if (bucket < 2 * per_doubling) return bucket;
    const auto shift = bucket / per_doubling - 1;
    return ((bucket - shift * per_doubling + 1) << shift) - 1;
}

} // namespace

void Histogram::add(Micros took)
{
    took = std::max(took, Micros::zero());
    const auto bucket = bucket_of(static_cast<std::uint64_t>(took.count()));
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    ++count_;
    longest_ = std::max(longest_, took);
}

Histogram::Micros Histogram::quantile(double q) const
{
    const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen > 0 && seen >= wanted)
            return std::min(Micros(static_cast<std::int64_t>(end_of(bucket))), longest_);
    }
    return longest_;
}

} // namespace kurir_load
