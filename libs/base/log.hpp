// SPDX-License-Identifier: Apache-2.0
// The log: one line per event to stderr, the event's name first, then key=value (logfmt). The level
// says who must act. Unsafe characters in values are escaped, and long values are cut. Payloads and
// keys are never logged.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace base {

enum class Level {
    error,   // the operator must act now
    warning, // the operator should act later
    info,    // no action; one line per message and direction
    debug,   // for developers
};

void set_log_level(Level min);

using LogField = std::pair<std::string_view, std::string>;
// Writes one line with one write(2), if possible. Thread-safe. Values with a space, '=', a quote, a
// backslash or an unsafe character are quoted. Quotes, backslashes and unsafe characters are
// escaped. Values are cut at 512 octets, those of the keys cause, reason and error at 2048.
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
// Returns the line of log() without time and level, for tests.
std::string log_line(std::string_view event, std::initializer_list<LogField> fields);

} // namespace base
