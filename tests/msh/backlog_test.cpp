// SPDX-License-Identifier: Apache-2.0
// While more waits than is sent, no more is taken in than leaves.
#include "msh/backlog.hpp"

#include <catch2/catch.hpp>

using msh::Backlog;

namespace {

queue::Counts waiting(std::uint64_t for_a, std::uint64_t for_b = 0)
{
    queue::Counts counts;
    counts.of = {
        {queue::State::queued, "a", for_a},
        {queue::State::queued, "b", for_b},
        {queue::State::deferred, "a", 1000}, // these have had an attempt
        {queue::State::sending, "a", 1000}};
    return counts;
}

std::uint64_t admitted(Backlog& backlog)
{
    std::uint64_t count = 0;
    while (count < 1000 && backlog.admit())
        ++count;
    return count;
}

constexpr std::uint64_t whatever_leaves = 16;

} // namespace

TEST_CASE("submissions come in freely while no more than the mark wait", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    CHECK(admitted(backlog) == 1000);
    backlog.count(waiting(10), {"a"});
    CHECK_FALSE(backlog.is_long());
    CHECK(admitted(backlog) == 1000);
}

TEST_CASE("with a long backlog one comes in for each that leaves", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(500), {"a"});
    REQUIRE(backlog.is_long());
    CHECK(admitted(backlog) == whatever_leaves);
    backlog.left("a");
    backlog.left("a");
    CHECK(admitted(backlog) == 2);
    SECTION("what left long ago lets no crowd in")
    {
        for (int n = 0; n < 300; ++n)
            backlog.left("a");
        CHECK(admitted(backlog) == 64);
    }
    SECTION("each count of the store lets a few in, and does not add them up")
    {
        for (int n = 0; n < 5; ++n)
            backlog.count(waiting(500), {"a"});
        CHECK(admitted(backlog) == whatever_leaves);
    }
    SECTION("it ends between two counts")
    {
        for (int n = 0; n < 488; ++n)
            backlog.left("a");
        CHECK_FALSE(backlog.is_long());
        CHECK(admitted(backlog) == 1000);
    }
}

TEST_CASE("the backlog grows between two counts by what is kept", "[msh]")
{
    Backlog backlog(2, whatever_leaves);
    backlog.count(waiting(1), {"a"});
    backlog.added("a");
    CHECK_FALSE(backlog.is_long());
    backlog.added("b");
    CHECK_FALSE(backlog.is_long());
    backlog.added("a");
    CHECK(backlog.is_long());
    CHECK(admitted(backlog) == whatever_leaves);
}

TEST_CASE("what waits for other peers does not count, and makes no room", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(10, 500), {"a"});
    CHECK_FALSE(backlog.is_long());
    backlog.count(waiting(11, 500), {"a"});
    REQUIRE(admitted(backlog) == whatever_leaves);
    backlog.left("b");
    CHECK(backlog.is_long());
    CHECK(admitted(backlog) == 0);
}

TEST_CASE("more may leave than was counted", "[msh]")
{
    Backlog backlog(0, whatever_leaves);
    backlog.count(waiting(1), {"a"});
    for (int n = 0; n < 3; ++n)
        backlog.left("a");
    CHECK_FALSE(backlog.is_long());
    backlog.added("a");
    CHECK(backlog.is_long());
}
