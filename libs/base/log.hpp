// SPDX-License-Identifier: Apache-2.0
// One line per event to stderr, key=value (logfmt), the event's name first. Levels by who must act.
// Text of peers is escaped and cut; payloads and keys are never logged.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace base {

enum class Level {
    error,   // the operator, now
    warning, // the operator, some day
    info,    // one line per message and direction
    debug,   // a developer
};

void set_log_level(Level min);

using LogField = std::pair<std::string_view, std::string>;
// Thread-safe; one write(2) per line. Values with space, quote or control characters are quoted and
// escaped, cut at 512 octets; those of cause, reason and error at 2048.
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
// The line as log() would write it, without time and level: for tests.
std::string log_line(std::string_view event, std::initializer_list<LogField> fields);

} // namespace base
