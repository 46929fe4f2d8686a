// SPDX-License-Identifier: Apache-2.0
// Points in time and their xsd:dateTime form. Time is a parameter everywhere; only main loops call
// now().
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace base {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

Time now();

// "2026-11-22T01:02:03.004Z": always UTC, always three fraction digits (ebMS 3.0 Core 5.2.2.1
// eb:Timestamp).
std::string to_text(Time time);
// Reads xsd:dateTime with Z or an offset; without a zone it is errc::bad_format.
Result<Time> parse_time(std::string_view text);

// Milliseconds since the epoch, as the store keeps it.
inline std::int64_t to_millis(Time time)
{
    return time.time_since_epoch().count();
}
inline Time from_millis(std::int64_t millis)
{
    return Time(Duration(millis));
}

} // namespace base
