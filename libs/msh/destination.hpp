// SPDX-License-Identifier: Apache-2.0
// How a destination does, as operators and metrics see it.
#pragma once

#include "queue/records.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace msh {

// closed: messages flow. open: the peer is down; nothing is sent, and no message loses an attempt.
// probing: one message tries whether it is up again.
enum class Breaker { closed, open, probing };
std::string_view to_text(Breaker breaker);

struct Destination {
    std::string peer; // name of the [[peer]]
    Breaker breaker = Breaker::closed;
    queue::AdminState admin_state =
        queue::AdminState::open;          // its own, or that of all if that is stricter
    std::string reason;                   // of the standing, in the operator's words
    std::size_t running = 0;              // exchanges now
    std::size_t slots = 0;                // exchanges it may have at once now
    std::optional<base::Time> not_before; // next probe, or what the peer asked for (Retry-After)
    base::Duration exchange{};            // what one takes: mean of the last ones, 0 = none yet
    std::uint64_t attempts = 0;           // since the start of the daemon
    std::uint64_t failures = 0;           // of these; a refusal by the peer's ebMS error is none
    std::uint64_t consecutive_failures = 0;
    std::string last_failure;
    std::optional<base::Time> failing_since; // of the first of consecutive_failures
    std::string
        held; // why nothing can be sent to it: a certificate; empty if nothing is in the way
};

} // namespace msh
