// SPDX-License-Identifier: Apache-2.0
// PMode[1].ReceptionAwareness.Retry: when a message that got no receipt is tried again, and when no
// more.
#pragma once

#include "base/units.hpp"

#include <string_view>

namespace pmode {

enum class Backoff { doubling, constant };

struct Retry {
    Backoff backoff = Backoff::doubling;
    base::Duration first = std::chrono::seconds(30); // wait after the first failed attempt
    base::Duration longest = std::chrono::hours(1);  // ceiling of the wait
    // Share of a wait, from 0 to 1, by which it may be shorter: messages that met the same trouble
    // at the same time do not all come back at the same time.
    double jitter = 0.2;
    int attempts =
        0; // in all, the first one included; 0 = as many as the time to live has room for
    base::Duration time_to_live =
        std::chrono::hours(24); // after this, expired (EBMS:0301 to the producer)
};

// The wait after so many attempts, 1 and more: never longer than `longest`. The same message and
// number always give the same wait.
base::Duration wait_after(const Retry& retry, std::string_view message, int attempts_made);

// The same for a peer that asked for so much time (Retry-After): no shorter, spread as much, and
// never longer than `longest`.
base::Duration wait_asked_for(
    const Retry& retry, base::Duration asked, std::string_view message, int attempts_made
);

// Whether a bound on attempts leaves none after so many.
bool is_exhausted(const Retry& retry, int attempts_made);

// How many attempts there are when each fails at once and each wait is as long as it can be: what
// an operator wants to know of the rules.
int attempts_of(const Retry& retry);
// The same with each wait as short as jitter can make it, and no attempt counted that comes sooner
// than `apart` after the counted one before. At most 100'000.
int max_attempts_of(const Retry& retry, base::Duration apart);

} // namespace pmode
