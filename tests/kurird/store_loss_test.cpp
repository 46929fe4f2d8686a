// SPDX-License-Identifier: Apache-2.0
#include "kurird/store_loss.hpp"

#include "base/errors.hpp"
#include "queue/errc.hpp"

#include <catch2/catch.hpp>

#include <string>

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

TEST_CASE("what to do after a loss depends on its cause", "[kurird]")
{
    const auto act = [](base::Error error) { return std::string(kurird::act_after(error)); };
    CHECK(act(base::Error(base::errc::locked)).find("one kurird alone") != std::string::npos);
    CHECK(act(base::Error(queue::errc::damaged)).find("what the error says") != std::string::npos);
    for (const base::Error& error :
         {base::Error(queue::errc::failed), base::Error(base::errc::sync_failed)})
        CHECK(act(error).find("look at the disk") != std::string::npos);
}
