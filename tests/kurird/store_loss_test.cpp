// SPDX-License-Identifier: Apache-2.0
#include "kurird/store_loss.hpp"

#include <catch2/catch.hpp>

using kurird::StoreLoss;

TEST_CASE("a store that is lost before the loop is there stops the loop all the same", "[kurird]")
{
    StoreLoss loss;
    loss.note();
    CHECK(loss.is_noted());
    int stops = 0;
    loss.stop_with([&] { ++stops; });
    CHECK(stops == 1);
}

TEST_CASE("a store that is lost while the loop runs stops the loop", "[kurird]")
{
    StoreLoss loss;
    int stops = 0;
    loss.stop_with([&] { ++stops; });
    CHECK(stops == 0);
    CHECK_FALSE(loss.is_noted());
    loss.note();
    CHECK(stops == 1);
    CHECK(loss.is_noted());
}

TEST_CASE("a loop that has ended is not stopped any more", "[kurird]")
{
    StoreLoss loss;
    int stops = 0;
    loss.stop_with([&] { ++stops; });
    loss.disarm();
    loss.note();
    CHECK(stops == 0);
    CHECK(loss.is_noted());
}
