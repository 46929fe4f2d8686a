// SPDX-License-Identifier: Apache-2.0
// Of a run shorter than a few seconds the first quarter counts too.
#include "kurir-load/pace.hpp"

#include <algorithm>
#include <iterator>

namespace kurir_load {

namespace {

constexpr Pace::Time between = std::chrono::seconds(1);

} // namespace

void Pace::note(Time elapsed, std::uint64_t arrived)
{
    if (notes_.size() >= 2 && elapsed - std::prev(notes_.end(), 2)->elapsed < between)
        notes_.pop_back();
    notes_.push_back({elapsed, arrived});
}

Pace::Time Pace::length() const
{
    return notes_.empty() ? Time() : notes_.back().elapsed;
}

double Pace::rate() const
{
    if (notes_.size() < 2) return 0;
    const auto& last = notes_.back();
    auto from = std::ranges::lower_bound(notes_, last.elapsed / 4, {}, &Note::elapsed);
    if (from == std::prev(notes_.end())) from = notes_.begin();
    const auto time = last.elapsed - from->elapsed;
    if (time <= Time()) return 0;
    return static_cast<double>(last.arrived - from->arrived) / time.count();
}

} // namespace kurir_load
