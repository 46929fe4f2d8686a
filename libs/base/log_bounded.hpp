// SPDX-License-Identifier: Apache-2.0
// Rate limit for log lines that remote clients can cause at will. Each event gets a number of lines
// per minute. A later line "suppressed" says how many lines were dropped.
#pragma once

#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace base {

inline constexpr std::uint64_t bounded_lines = 30; // per event and minute

// Like log(), with the rate limit. Thread-safe. `event` must be a constant of this program, never
// text from a peer, because each event is kept in memory.
void log_bounded(Level level, std::string_view event, std::initializer_list<LogField> fields);

// Decides for log_bounded() which lines to write.
class LineBudget {
public:
    using Clock = std::chrono::steady_clock;
    struct Decision {
        bool write = false;
        std::uint64_t left_out = 0; // lines dropped in the previous period, to report now
    };
    Decision ask(std::string_view event, Clock::time_point now);

private:
    struct Minute {
        Clock::time_point begun;
        std::uint64_t lines = 0;
    };
    std::map<std::string, Minute, std::less<>> events_;
};

} // namespace base
