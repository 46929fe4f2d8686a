// SPDX-License-Identifier: Apache-2.0
// Durations, counted in buckets that grow with them: any quantile to within one hundredth, in a few
// kilobytes, however many there are.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace kurir_load {

class Histogram {
public:
    using Micros = std::chrono::microseconds;

    void add(Micros took); // below zero counts as zero
    std::uint64_t count() const { return count_; }
    Micros longest() const { return longest_; }
    // The duration that a share `q` (0 to 1) of all did not exceed; zero if there is none.
    Micros quantile(double q) const;

private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    Micros longest_{};
};

} // namespace kurir_load
