// SPDX-License-Identifier: Apache-2.0
// xsd:dateTime in all forms that peers use, and what is none.
#include "base/time.hpp"

#include "base/errors.hpp"

#include <catch2/catch.hpp>

using namespace base;
using namespace std::chrono_literals;

namespace {

Time at(int year, unsigned month, unsigned day, Duration clock)
{
    const std::chrono::year_month_day date{
        std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)
    };
    return std::chrono::sys_days(date) + clock;
}

} // namespace

TEST_CASE("time is written in UTC with three fraction digits", "[base][EBMS3CORE 5.2.2.1]")
{
    CHECK(to_text(at(2026, 11, 22, 1h + 2min + 3s + 4ms)) == "2026-11-22T01:02:03.004Z");
    CHECK(to_text(from_millis(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(to_text(from_millis(-1)) == "1969-12-31T23:59:59.999Z");
    CHECK(to_text(at(2024, 2, 29, 0s)) == "2024-02-29T00:00:00.000Z");
}

TEST_CASE("time is read with Z or offset and any number of fraction digits", "[base]")
{
    const auto [text, time] = GENERATE(table<std::string, Time>(
        {{"2026-11-22T01:02:03Z", at(2026, 11, 22, 1h + 2min + 3s)},
         {"2026-11-22T01:02:03.4Z", at(2026, 11, 22, 1h + 2min + 3s + 400ms)},
         {"2026-11-22T01:02:03.04Z", at(2026, 11, 22, 1h + 2min + 3s + 40ms)},
         {"2026-11-22T01:02:03.004Z", at(2026, 11, 22, 1h + 2min + 3s + 4ms)},
         {"2026-11-22T01:02:03.0049999Z", at(2026, 11, 22, 1h + 2min + 3s + 4ms)},
         {"2026-11-22T01:02:03.999999999Z", at(2026, 11, 22, 1h + 2min + 3s + 999ms)},
         {"2026-11-22T01:02:03.12345678901234567890Z", at(2026, 11, 22, 1h + 2min + 3s + 123ms)},
         {"2026-11-22T01:02:03.1234567890Z", at(2026, 11, 22, 1h + 2min + 3s + 123ms)},
         {"2026-11-22T01:02:03.12999999999999999999999999999999+00:00",
          at(2026, 11, 22, 1h + 2min + 3s + 129ms)},
         {"2026-11-22T01:02:03+01:00", at(2026, 11, 22, 2min + 3s)},
         {"2026-11-22T00:30:00.5+01:00", at(2026, 11, 21, 23h + 30min + 500ms)},
         {"2026-12-31T23:30:00-14:00", at(2027, 1, 1, 13h + 30min)},
         {"2026-11-22T01:02:03-00:00", at(2026, 11, 22, 1h + 2min + 3s)},
         {"2024-02-29T00:00:00Z", at(2024, 2, 29, 0s)},
         {"2000-02-29T00:00:00Z", at(2000, 2, 29, 0s)},
         {"2026-11-22T24:00:00Z", at(2026, 11, 23, 0s)},
         {"\n 2026-11-22T01:02:03Z\t", at(2026, 11, 22, 1h + 2min + 3s)},
         {"0001-01-01T00:00:00Z", at(1, 1, 1, 0s)}}
    ));
    CHECK(parse_time(text).value() == time);
}

TEST_CASE("what is no time with a zone is refused", "[base]")
{
    const std::string text = GENERATE(
        "", "2026-11-22", "2026-11-22T01:02:03", "2026-11-22 01:02:03Z", "2026-11-22t01:02:03Z",
        "2026-11-22T01:02:03z", "2026-11-22T01:02Z", "26-11-22T01:02:03Z", "02026-11-22T01:02:03Z",
        "-2026-11-22T01:02:03Z", "0000-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-11-22T25:00:00Z",
        "2026-11-22T24:00:01Z", "2026-11-22T24:00:00.001Z", "2026-11-22T01:60:00Z",
        "2026-11-22T01:02:60Z", "2026-11-22T01:02:03.Z", "2026-11-22T01:02:03.4x",
        "2026-11-22T01:02:03,4Z", "2026-11-22T01:02:03ZZ", "2026-11-22T01:02:03+1:00",
        "2026-11-22T01:02:03+0100", "2026-11-22T01:02:03+14:01", "2026-11-22T01:02:03+01:60",
        "2026-11-22T01:02:03+01:00Z", "2026-11-22T-1:02:03Z", "2026-11-22T01:02:+3Z",
        "2026-+1-22T01:02:03Z", "now"
    );
    CHECK(parse_time(text).error().code == errc::bad_format);
}

TEST_CASE("written time reads back the same", "[base]")
{
    for (std::int64_t millis = -62'135'596'800'000; millis < 253'402'300'800'000;
         millis += 86'399'999'999) {
        CHECK(parse_time(to_text(from_millis(millis))).value() == from_millis(millis));
    }
}
