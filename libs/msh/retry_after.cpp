// SPDX-License-Identifier: Apache-2.0
// Parses both forms of Retry-After. Any other text is ignored.
#include "msh/retry_after.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string>

namespace msh {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t date_length = 29; // "Sun, 06 Nov 1994 08:49:37 GMT"

std::optional<int> number(std::string_view digits)
{
    int value = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || value < 0) return std::nullopt;
    return value;
}

// RFC 9110 5.6.7; the two obsolete forms are not parsed.
std::optional<base::Time> date(std::string_view text)
{
    if (text.size() != date_length || text.substr(25) != " GMT") return std::nullopt;
    const auto month = std::ranges::find(months, text.substr(8, 3));
    const auto day = number(text.substr(5, 2));
    const auto year = number(text.substr(12, 4));
    if (month == months.end() || !day || !year) return std::nullopt;
    std::array<char, 32> iso{};
    std::snprintf(
        iso.data(), iso.size(), "%04d-%02d-%02dT", *year,
        static_cast<int>(month - months.begin()) + 1, *day
    );
    const auto time = base::parse_time(iso.data() + std::string(text.substr(17, 8)) + "Z");
    if (!time) return std::nullopt;
    return *time;
}

} // namespace

std::optional<base::Duration> retry_after(std::string_view field, base::Time now)
{
    const auto text = base::trim(field);
    if (const auto seconds = number(text)) return std::chrono::seconds(*seconds);
    const auto until = date(text);
    if (!until) return std::nullopt;
    return std::max(*until - now, base::Duration(0));
}

} // namespace msh
