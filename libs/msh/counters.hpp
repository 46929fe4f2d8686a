// SPDX-License-Identifier: Apache-2.0
// What happened since the start, for metrics. Belongs to the I/O thread; one line where it happens.
#pragma once

#include "queue/records.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

namespace msh {

// Durations in fixed steps: series of metrics must not change their bounds.
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
    std::array<std::uint64_t, bounds.size() + 1> counts{}; // up to each bound; at last all longer
    base::Duration sum{};

    void add(base::Duration took); // below zero (a clock was set back) counts as zero
};

struct Counters {
    std::uint64_t submitted = 0;       // kept
    std::uint64_t submitted_again = 0; // the same submission came before
    // Inbound messages, by what the queue made of them. `tests` are among the first.
    std::uint64_t received = 0;
    std::uint64_t repeated = 0;
    std::uint64_t re_signed = 0;
    std::uint64_t conflicting = 0;
    std::uint64_t tests = 0;
    // Requests of peers that got an error, by its code; keys are those of ebms/error_code.hpp.
    std::map<std::string_view, std::uint64_t> refused;
    // What attempts and signals made of outbound messages: delivered, deferred, bounced, …
    std::map<queue::State, std::uint64_t> settled;
    std::uint64_t handed_over = 0; // inbox items leased
    std::uint64_t acknowledged = 0;
    Durations delivery; // from the submission to the receipt, if that came in the response
    Durations receive;  // from a request's header to the commit of its message

    void accepted(queue::Accepted::Kind kind, bool test, base::Duration took);
    // An attempt's settlement; one given back untried is none.
    void attempted(const queue::Job& job, const queue::Settlement& settlement, queue::State now);
};

} // namespace msh
