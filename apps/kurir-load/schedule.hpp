// SPDX-License-Identifier: Apache-2.0
// When each submission is meant to start. It does not depend on how earlier ones fare: a service
// that stalls is charged for everybody who would have come meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace kurir_load {

class Schedule {
public:
    using Nanos = std::chrono::nanoseconds;

    // `rate` a second; 0 = the next one when a place is free. It ends with `messages` or after
    // `length`, one of which is given.
    Schedule(double rate, std::optional<std::uint64_t> messages, std::optional<Nanos> length);

    bool paced() const { return rate_ > 0; }
    // How many there are; nothing = as many as fit in the length.
    std::optional<std::uint64_t> total() const { return total_; }
    // From the start on; zero if it is not paced.
    Nanos due(std::uint64_t number) const;
    // What has not begun by then is not begun any more.
    std::optional<Nanos> end() const { return length_; }

private:
    double rate_;
    std::optional<std::uint64_t> total_;
    std::optional<Nanos> length_;
};

} // namespace kurir_load
