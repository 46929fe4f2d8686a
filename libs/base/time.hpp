// SPDX-License-Identifier: Apache-2.0
// Points in time and their xsd:dateTime form. Functions take the time as a parameter; only main
// loops call now().
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace base {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

Time now();

// Returns the form "2026-11-22T01:02:03.004Z", always in UTC and with three fraction digits
// (ebMS 3.0 Core 5.2.2.1 eb:Timestamp).
std::string to_text(Time time);
// Reads an xsd:dateTime with Z or an offset. errc::bad_format otherwise, also without a zone.
// Digits below the millisecond are dropped.
Result<Time> parse_time(std::string_view text);

// Milliseconds since the Unix epoch, the form in the database.
inline std::int64_t to_millis(Time time)
{
    return time.time_since_epoch().count();
}
inline Time from_millis(std::int64_t millis)
{
    return Time(Duration(millis));
}

} // namespace base
