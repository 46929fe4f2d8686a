// SPDX-License-Identifier: Apache-2.0
// How long what has ended is kept. Two stages: the payload goes first, the record (header,
// envelope, receipts, attempts, events) later. What has not ended never goes, however old it is.
#pragma once

#include "queue/records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace queue {

// Counted from the end of a message. A payload never outlives its record.
struct Keep {
    base::Duration payload = std::chrono::days(30);        // after delivery, or nothing to deliver
    base::Duration payload_failed = std::chrono::days(90); // bounced, expired, unproven
    // DIGG GRR 3.3, INFO 8.2: log rows are there for at least 12 months.
    base::Duration record = std::chrono::days(400);

    base::Duration payload_of(State state) const;
};

struct RetentionRules {
    Keep usual;
    std::map<std::string, Keep, std::less<>> of; // participants with rules of their own

    const Keep& for_participant(std::string_view participant) const;
};

// Where a run stands; a new one begins at the beginning.
struct RetentionCursor {
    bool records = false;                   // the second stage
    std::optional<std::string> participant; // done with those up to this one
};

// What went.
struct Retained {
    std::uint64_t payloads = 0; // messages whose payload went
    std::uint64_t records = 0;  // messages that went altogether
    std::uint64_t files = 0;
    std::uint64_t octets = 0; // of payloads, in rows and files
    bool more = false;        // the run is not at its end

    void add(const Retained& step);
};

} // namespace queue
