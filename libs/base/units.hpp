// SPDX-License-Identifier: Apache-2.0
// Durations and sizes with a unit, as in the configuration.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// Reads "250ms", "30s", "12m", "4h", "7d". errc::bad_format if there is no known unit, or on
// overflow.
Result<Duration> parse_duration(std::string_view text);
// Uses the largest unit that gives a whole number: "90s", "2h".
std::string to_text(Duration duration);

// Reads "512B", "64KB", "100MB", "2GB", "1TB" (powers of 1024). errc::bad_format if there is no
// known unit, or on overflow.
Result<std::uint64_t> parse_size(std::string_view text);
// Uses the largest unit that gives a whole number.
std::string size_text(std::uint64_t bytes);

} // namespace base
