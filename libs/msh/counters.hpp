// SPDX-License-Identifier: Apache-2.0
// Counts events since the start, for metrics. Belongs to the I/O thread.
#pragma once

#include "queue/records.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

namespace msh {

// A histogram of durations. The bounds are fixed, because a metric must not change its bounds.
struct Durations {
    static constexpr std::array<base::Duration, 17> bounds{
        std::chrono::milliseconds(5),    std::chrono::milliseconds(10),
        std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
        std::chrono::milliseconds(100),  std::chrono::milliseconds(250),
        std::chrono::milliseconds(500),  std::chrono::seconds(1),
        std::chrono::milliseconds(2500), std::chrono::seconds(5),
        std::chrono::seconds(10),        std::chrono::seconds(30),
        std::chrono::minutes(1),         std::chrono::minutes(5),
        std::chrono::hours(1),           std::chrono::hours(4),
        std::chrono::hours(24)
    };
    std::array<std::uint64_t, bounds.size() + 1> counts{}; // up to each bound; the last: longer
    base::Duration sum{};

    void add(base::Duration took); // a negative duration (clock set back) counts as zero
};

struct Counters {
    std::uint64_t submitted = 0;       // stored
    std::uint64_t submitted_again = 0; // accepted before
    // Inbound messages by queue::Accepted::Kind. `tests` is a part of `received`.
    std::uint64_t received = 0;
    std::uint64_t repeated = 0;
    std::uint64_t re_signed = 0;
    std::uint64_t conflicting = 0;
    std::uint64_t tests = 0;
    // Requests of peers answered with an ebMS error, by code. Keys are those of
    // ebms/error_code.hpp.
    std::map<std::string_view, std::uint64_t> refused;
    // Outbound messages by the state that attempts and signals gave them: delivered, deferred,
    // bounced, …
    std::map<queue::State, std::uint64_t> settled;
    std::uint64_t handed_over = 0; // inbox items leased
    std::uint64_t acknowledged = 0;
    Durations delivery; // from the submission to a receipt in the response
    Durations receive;  // from a request's header to the commit of its message

    void accepted(queue::Accepted::Kind kind, bool test, base::Duration took);
    // Counts the settlement of an attempt. A message given back without an attempt is not counted.
    // `now`: the state of the message after the settlement.
    void attempted(const queue::Job& job, const queue::Settlement& settlement, queue::State now);
};

} // namespace msh
