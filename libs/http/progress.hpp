// SPDX-License-Identifier: Apache-2.0
// How fast a request comes, measured from the end of its header. Only time spent waiting for the
// client counts.
#pragma once

#include "http/deadline.hpp"

#include <cstdint>
#include <optional>

namespace http {

struct Progress {
    std::uint64_t octets = 0;
    Clock::duration waited{};                       // without the wait that lasts
    std::optional<Clock::time_point> waiting_since; // nothing: not waiting for the client now
};

} // namespace http
