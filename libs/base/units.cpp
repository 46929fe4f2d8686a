// SPDX-License-Identifier: Apache-2.0
// Numbers with a unit. A number without a unit is refused, because a reader could not tell whether
// 30 means seconds.
#include "base/units.hpp"

#include "base/errors.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace base {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first.
constexpr std::array<Unit, 5> time_units = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}
};
constexpr std::array<Unit, 5> size_units = {
    {{"TB", 1ULL << 40}, {"GB", 1ULL << 30}, {"MB", 1ULL << 20}, {"KB", 1ULL << 10}, {"B", 1}}
};

Result<std::uint64_t>
parse(std::string_view text, const std::array<Unit, 5>& units, std::uint64_t max)
{
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return Error(errc::bad_format, std::string(text));
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (unit.name != name) continue;
        if (number > max / unit.factor) return Error(errc::bad_format, std::string(text));
        return number * unit.factor;
    }
    return Error(errc::bad_format, std::string(text));
}

std::string format(std::uint64_t value, const std::array<Unit, 5>& units, std::string_view zero)
{
    if (value == 0) return std::string(zero);
    for (const Unit& unit : units) {
        if (value % unit.factor == 0)
            return std::to_string(value / unit.factor) + std::string(unit.name);
    }
    return std::to_string(value);
}

} // namespace

Result<Duration> parse_duration(std::string_view text)
{
    const auto millis = parse(text, time_units, std::numeric_limits<std::int64_t>::max());
    if (!millis) return millis.error();
    return Duration(static_cast<std::int64_t>(*millis));
}

std::string to_text(Duration duration)
{
    const std::int64_t millis = duration.count();
    if (millis >= 0) return format(static_cast<std::uint64_t>(millis), time_units, "0s");
    return "-" + format(0 - static_cast<std::uint64_t>(millis), time_units, "0s");
}

Result<std::uint64_t> parse_size(std::string_view text)
{
    return parse(text, size_units, std::numeric_limits<std::uint64_t>::max());
}

std::string size_text(std::uint64_t bytes)
{
    return format(bytes, size_units, "0B");
}

} // namespace base
