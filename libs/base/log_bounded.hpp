// SPDX-License-Identifier: Apache-2.0
// Log lines that strangers can cause as often as they like: of each event so many a minute, then
// one line that says how many were left out. What a known peer did is never logged by this.
#pragma once

#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace base {

inline constexpr std::uint64_t bounded_lines = 30; // of one event in a minute

// As log(); thread-safe. The event is a name of ours, never a peer's text.
void log_bounded(Level level, std::string_view event, std::initializer_list<LogField> fields);

// What log_bounded() decides by.
class LineBudget {
public:
    using Clock = std::chrono::steady_clock;
    struct Decision {
        bool write = false;
        std::uint64_t left_out = 0; // in the minutes before, to be told with this line
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
