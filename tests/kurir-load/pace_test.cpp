// SPDX-License-Identifier: Apache-2.0
// The rate is that of the time when messages go in and come out.
#include "kurir-load/pace.hpp"

#include <catch2/catch.hpp>

using kurir_load::Pace;
using namespace std::chrono_literals;

TEST_CASE("the first quarter of a run does not count", "[kurir-load]")
{
    Pace pace;
    CHECK(pace.rate() == 0);
    CHECK(pace.length() == 0s);
    pace.note(0s, 0);
    CHECK(pace.rate() == 0);
    for (int second = 1; second <= 5; ++second)
        pace.note(std::chrono::seconds(second), 0); // nothing has come out yet
    for (int second = 6; second <= 20; ++second)
        pace.note(std::chrono::seconds(second), static_cast<std::uint64_t>(second - 5) * 100);
    CHECK(pace.length() == 20s);
    CHECK(pace.rate() == 100);
}

TEST_CASE("of a short run all counts, and many notes cost no more than few", "[kurir-load]")
{
    Pace pace;
    for (std::uint64_t n = 0; n <= 100; ++n)
        pace.note(std::chrono::milliseconds(n * 5), n);
    CHECK(pace.rate() == Approx(200));
    for (std::uint64_t n = 101; n <= 4000; ++n)
        pace.note(std::chrono::milliseconds(n * 5), n);
    CHECK(pace.rate() == Approx(200));
    CHECK(pace.length() == 20s);
}

TEST_CASE("a run without length has no rate", "[kurir-load]")
{
    Pace pace;
    pace.note(0s, 0);
    pace.note(0s, 7);
    CHECK(pace.rate() == 0);
}
