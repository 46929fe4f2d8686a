// SPDX-License-Identifier: Apache-2.0
// Values of the configuration that carry their unit.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// "250ms", "30s", "12m", "4h", "7d". errc::bad_format without a unit or when it overflows.
Result<Duration> parse_duration(std::string_view text);
std::string to_text(Duration duration); // the largest unit that divides it: "90s", "2h"

// "64KB", "100MB", "2GB" (powers of 1024), "512B".
Result<std::uint64_t> parse_size(std::string_view text);
std::string size_text(std::uint64_t bytes);

} // namespace base
