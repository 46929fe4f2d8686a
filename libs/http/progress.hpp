// SPDX-License-Identifier: Apache-2.0
// Receiving rate of a request, measured from the end of its header. Only the time during which the
// server waits for the client counts.
#pragma once

#include "http/deadline.hpp"

#include <cstdint>
#include <optional>

namespace http {

struct Progress {
    std::uint64_t octets = 0;
    Clock::duration waited{};                       // without the current wait
    std::optional<Clock::time_point> waiting_since; // empty = not waiting for the client now
};

} // namespace http
