// SPDX-License-Identifier: Apache-2.0
// Retention periods of ended messages. Retention has two stages: first it removes the payload,
// later the record (header, envelope, receipts, attempts, events). A message that has not ended is
// never removed, however old it is.
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

// Periods since the end of a message. A payload never outlives its record.
struct Keep {
    base::Duration payload = std::chrono::days(30); // delivered, acknowledged, refused, answered
    base::Duration payload_failed = std::chrono::days(90); // bounced, expired, unproven
    // DIGG GRR 3.3, INFO 8.2: log rows are kept for at least 12 months.
    base::Duration record = std::chrono::days(400);

    base::Duration payload_of(State state) const;
};

struct RetentionRules {
    Keep usual;
    std::map<std::string, Keep, std::less<>> of; // participants with rules of their own

    const Keep& for_participant(std::string_view participant) const;
};

// Position of a run. A new run starts with a new cursor.
struct RetentionCursor {
    bool records = false;                   // true: the second stage
    std::optional<std::string> participant; // last one that is finished
};

// Counts of what retention removed.
struct Retained {
    std::uint64_t payloads = 0; // messages that lost their payload
    std::uint64_t records = 0;  // messages that were removed altogether
    std::uint64_t files = 0;
    std::uint64_t octets = 0; // of payloads, in rows and files
    bool more = false;        // the run has not ended yet

    void add(const Retained& step);
};

} // namespace queue
