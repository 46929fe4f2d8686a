// SPDX-License-Identifier: Apache-2.0
#include "kurir-load/schedule.hpp"

#include <catch2/catch.hpp>

using kurir_load::Schedule;
using namespace std::chrono_literals;

TEST_CASE("starts are as far apart as the rate says, and rounding does not add up", "[kurir-load]")
{
    const Schedule schedule(3, std::nullopt, 10s);
    CHECK(schedule.total() == 30u);
    CHECK(schedule.due(0) == 0ns);
    CHECK(schedule.due(1) == 333'333'333ns);
    CHECK(schedule.due(3) == 1s);
    CHECK(schedule.due(3'000'000) == 1'000'000s);
}

TEST_CASE("a number of messages has no end in time", "[kurir-load]")
{
    const Schedule schedule(50, 200, std::nullopt);
    CHECK(schedule.total() == 200u);
    CHECK_FALSE(schedule.end());
    CHECK(schedule.due(50) == 1s);
}

TEST_CASE("without a rate everything is due at once, until the time is over", "[kurir-load]")
{
    const Schedule schedule(0, std::nullopt, 5s);
    CHECK_FALSE(schedule.paced());
    CHECK_FALSE(schedule.total());
    CHECK(schedule.end() == 5s);
    CHECK(schedule.due(1'000) == 0ns);
}
