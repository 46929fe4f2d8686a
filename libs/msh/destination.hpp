// SPDX-License-Identifier: Apache-2.0
// The state of a destination, for operators and metrics.
#pragma once

#include "queue/records.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace msh {

// closed: messages are sent. open: the peer is down; nothing is sent, and no message uses up an
// attempt. probing: one message tests whether the peer is up again.
enum class Breaker { closed, open, probing };
std::string_view to_text(Breaker breaker);

struct Destination {
    std::string peer; // name of the [[peer]]
    Breaker breaker = Breaker::closed;
    // Its own, or that of all peers if that is stricter.
    queue::AdminState admin_state = queue::AdminState::open;
    std::string reason;                   // of admin_state, in the operator's words
    std::size_t running = 0;              // exchanges in progress
    std::size_t slots = 0;                // exchanges it may have at once now
    std::optional<base::Time> not_before; // next probe, or end of the peer's Retry-After
    base::Duration exchange{};            // mean duration of recent exchanges, 0 = none yet
    std::uint64_t attempts = 0;           // since the start of the daemon
    std::uint64_t failures = 0;           // of these; an ebMS error from the peer is no failure
    std::uint64_t consecutive_failures = 0;
    std::string last_failure;
    std::optional<base::Time> failing_since; // time of the first of consecutive_failures
    std::string held; // the certificate that prevents sending, and why; empty without an obstacle
};

} // namespace msh
