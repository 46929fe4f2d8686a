// SPDX-License-Identifier: Apache-2.0
// PMode[1].ReceptionAwareness.Retry: when a message without a receipt is sent again, and when the
// attempts end.
#pragma once

#include "base/units.hpp"

#include <string_view>

namespace pmode {

enum class Backoff { doubling, constant };

struct Retry {
    Backoff backoff = Backoff::doubling;
    base::Duration first = std::chrono::seconds(30); // wait after the first failed attempt
    base::Duration longest = std::chrono::hours(1);  // upper bound of a wait
    // Largest share of a wait, from 0 to 1, by which the wait is shortened. Jitter spreads the
    // retries of messages that failed at the same time.
    double jitter = 0.2;
    // Maximum number of attempts, including the first; 0 = as many as fit into time_to_live.
    int attempts = 0;
    // After this time the message expires (EBMS:0301 to the producer).
    base::Duration time_to_live = std::chrono::hours(24);
};

// Returns the wait after `attempts_made` attempts, at least 1. The wait is never longer than
// `longest`. The same message and number always give the same wait.
base::Duration wait_after(const Retry& retry, std::string_view message, int attempts_made);

// Returns the wait if the peer asked for the time `asked` (Retry-After). The wait is at least
// `asked`, lengthened by jitter, but never longer than `longest`. If `asked` is `longest` or more,
// the wait is `longest`, shortened by jitter.
base::Duration wait_asked_for(
    const Retry& retry, base::Duration asked, std::string_view message, int attempts_made
);

// Returns whether no attempt is left after `attempts_made` attempts. Always false if
// `retry.attempts` is 0.
bool is_exhausted(const Retry& retry, int attempts_made);

// Returns the number of attempts if each attempt fails at once and each wait has its full length,
// at most 100'000. The number tells an operator the effect of the settings.
int attempts_of(const Retry& retry);
// Returns the number of attempts if each attempt fails at once and jitter makes each wait as short
// as possible, at most 100'000. An attempt counts only if it starts at least `apart` after the last
// counted attempt.
int max_attempts_of(const Retry& retry, base::Duration apart);

} // namespace pmode
