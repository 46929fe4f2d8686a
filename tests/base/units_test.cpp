// SPDX-License-Identifier: Apache-2.0
// Durations and sizes of the configuration.
#include "base/units.hpp"

#include "base/errors.hpp"

#include <catch2/catch.hpp>

using namespace base;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number with its unit", "[base]")
{
    CHECK(parse_duration("250ms").value() == 250ms);
    CHECK(parse_duration("30s").value() == 30s);
    CHECK(parse_duration("12m").value() == 12min);
    CHECK(parse_duration("4h").value() == 4h);
    CHECK(parse_duration("7d").value() == 168h);
    CHECK(parse_duration("0s").value() == 0s);
}

TEST_CASE("a duration without unit, with a strange one or too large is refused", "[base]")
{
    const std::string text = GENERATE(
        "", "30", "s", "-1s", "+1s", " 1s", "1 s", "1s ", "1.5s", "1S", "1min", "1w", "1ss", "0x1s",
        "9223372036854775807s", "18446744073709551616ms", "9223372036854775808ms"
    );
    CHECK(parse_duration(text).error().code == errc::bad_format);
}

TEST_CASE("a duration is shown in the largest unit that divides it", "[base]")
{
    CHECK(to_text(Duration(90s)) == "90s");
    CHECK(to_text(Duration(2h)) == "2h");
    CHECK(to_text(Duration(48h)) == "2d");
    CHECK(to_text(Duration(1500ms)) == "1500ms");
    CHECK(to_text(Duration(0)) == "0s");
    CHECK(to_text(Duration(-90s)) == "-90s");
    CHECK(to_text(Duration::min()) == "-9223372036854775808ms");
}

TEST_CASE("a size is a number with its unit, in powers of 1024", "[base]")
{
    CHECK(parse_size("512B").value() == 512);
    CHECK(parse_size("64KB").value() == 65'536);
    CHECK(parse_size("100MB").value() == 104'857'600);
    CHECK(parse_size("2GB").value() == 2'147'483'648);
    CHECK(parse_size("18446744073709551615B").value() == 18'446'744'073'709'551'615U);
}

TEST_CASE("a size without unit, with a strange one or too large is refused", "[base]")
{
    const std::string text = GENERATE(
        "", "64", "KB", "-1KB", "64kb", "64K", "1.5GB", "64 KB", "64KiB", "17179869184GB",
        "18446744073709551616B"
    );
    CHECK(parse_size(text).error().code == errc::bad_format);
}

TEST_CASE("a size is shown in the largest unit that divides it", "[base]")
{
    CHECK(size_text(65'536) == "64KB");
    CHECK(size_text(1'000) == "1000B");
    CHECK(size_text(2'147'483'648) == "2GB");
    CHECK(size_text(0) == "0B");
}
