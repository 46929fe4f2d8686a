// SPDX-License-Identifier: Apache-2.0
// xsd:dateTime: written in one form, read in every form that has a zone.
#include "base/time.hpp"

#include "base/bytes.hpp"
#include "base/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace base {
namespace {

// Takes characters from the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool take(char c)
    {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }

    // Takes a number of exactly `digits` digits.
    std::optional<int> number(std::size_t digits)
    {
        if (text_.size() < digits) return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return std::nullopt;
            value = value * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(digits);
        return value;
    }

    std::size_t count_digits() const
    {
        const auto end = text_.find_first_not_of("0123456789");
        return end == std::string_view::npos ? text_.size() : end;
    }

    bool at_end() const { return text_.empty(); }

private:
    std::string_view text_;
};

std::optional<std::chrono::sys_days> scan_date(Scanner& scanner)
{
    const auto year = scanner.number(4);
    if (!year || *year == 0 || !scanner.take('-')) return std::nullopt;
    const auto month = scanner.number(2);
    if (!month || !scanner.take('-')) return std::nullopt;
    const auto day = scanner.number(2);
    if (!day || !scanner.take('T')) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    );
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

// Takes "." and digits, or nothing. [XML Schema 2 3.2.7] allows any number of digits; those below
// the millisecond are dropped.
std::optional<Duration> scan_fraction(Scanner& scanner)
{
    if (!scanner.take('.')) return Duration(0);
    const std::size_t digits = scanner.count_digits();
    if (digits < 1) return std::nullopt;
    const std::size_t significant = std::min<std::size_t>(digits, 3);
    int value = *scanner.number(significant);
    for (std::size_t i = significant; i < 3; ++i)
        value *= 10;
    for (std::size_t i = significant; i < digits; ++i)
        scanner.number(1);
    return Duration(value);
}

std::optional<Duration> scan_clock(Scanner& scanner)
{
    const auto hour = scanner.number(2);
    if (!hour || !scanner.take(':')) return std::nullopt;
    const auto minute = scanner.number(2);
    if (!minute || !scanner.take(':')) return std::nullopt;
    const auto second = scanner.number(2);
    if (!second || *minute > 59 || *second > 59) return std::nullopt;
    const auto fraction = scan_fraction(scanner);
    if (!fraction) return std::nullopt;
    const Duration clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                           std::chrono::seconds(*second) + *fraction;
    // [XML Schema 2 3.2.7] 24:00:00 is the first instant of the next day. Later values are invalid.
    if (clock > std::chrono::hours(24)) return std::nullopt;
    return clock;
}

// Takes "Z" or an offset of up to 14 hours.
std::optional<Duration> scan_zone(Scanner& scanner)
{
    if (scanner.take('Z')) return Duration(0);
    const bool east = scanner.take('+');
    if (!east && !scanner.take('-')) return std::nullopt;
    const auto hours = scanner.number(2);
    if (!hours || !scanner.take(':')) return std::nullopt;
    const auto minutes = scanner.number(2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    if (offset > std::chrono::hours(14)) return std::nullopt;
    return east ? offset : -offset;
}

} // namespace

Time now()
{
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

std::string to_text(Time time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
        clock.subseconds().count()
    );
}

Result<Time> parse_time(std::string_view text)
{
    Scanner scanner(trim(text)); // white space collapses in xsd:dateTime
    const auto date = scan_date(scanner);
    if (!date) return Error(errc::bad_format, "date of a time");
    const auto clock = scan_clock(scanner);
    if (!clock) return Error(errc::bad_format, "clock of a time");
    const auto offset = scan_zone(scanner);
    if (!offset || !scanner.at_end()) return Error(errc::bad_format, "zone of a time");
    return Time(*date + *clock - *offset);
}

} // namespace base
