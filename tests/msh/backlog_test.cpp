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
        {queue::State::sending, "a", 1000}
    };
    return counts;
}

const Backlog::Limits only_a{{"a", 1'000'000}};

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
    backlog.count(waiting(10), only_a);
    CHECK_FALSE(backlog.is_long());
    CHECK(admitted(backlog) == 1000);
}

TEST_CASE("with a long backlog one comes in for each that leaves", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(500), only_a);
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
            backlog.count(waiting(500), only_a);
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
    backlog.count(waiting(1), only_a);
    backlog.added("a");
    CHECK_FALSE(backlog.is_long());
    backlog.added("b");
    CHECK_FALSE(backlog.is_long());
    backlog.added("a");
    CHECK(backlog.is_long());
    CHECK(admitted(backlog) == whatever_leaves);
}

TEST_CASE("what waits for peers that get nothing does not count, and makes no room", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(10, 500), only_a);
    CHECK_FALSE(backlog.is_long());
    backlog.count(waiting(11, 500), only_a);
    REQUIRE(admitted(backlog) == whatever_leaves);
    backlog.left("b");
    CHECK(backlog.is_long());
    CHECK(admitted(backlog) == 0);
}

TEST_CASE("what waits for a slow peer counts only as far as the peer could take it", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(4, 500), {{"a", 1000}, {"b", 5}});
    CHECK_FALSE(backlog.is_long());
    backlog.added("b");
    backlog.added("b");
    backlog.added("a");
    CHECK_FALSE(backlog.is_long()); // 5 and 5
    backlog.added("a");
    CHECK(backlog.is_long());
    backlog.left("b"); // one of many that wait for it
    CHECK(backlog.is_long());
    backlog.left("a");
    CHECK_FALSE(backlog.is_long());
}

TEST_CASE("a long backlog does not grow by what is let in whatever leaves", "[msh]")
{
    Backlog backlog(10, whatever_leaves);
    backlog.count(waiting(500), only_a);
    REQUIRE(admitted(backlog) == whatever_leaves);
    std::uint64_t left = 0;
    std::uint64_t came = 0;
    for (int second = 0; second < 100; ++second) {
        for (int n = 0; n < 20; ++n, ++left) {
            backlog.left("a");
            came += admitted(backlog);
        }
        backlog.count(waiting(500), only_a);
        came += admitted(backlog);
    }
    CHECK(came == left);
}

TEST_CASE("a peer takes as much soon as its places allow", "[msh]")
{
    using namespace std::chrono_literals;
    CHECK(msh::taken_soon(16, 50ms) == 1600);
    CHECK(msh::taken_soon(16, 1s) == 80);
    CHECK(msh::taken_soon(16, 6s) == 0);
    CHECK(msh::taken_soon(1, 0ms) > 1'000'000); // not known yet
}

TEST_CASE("more may leave than was counted", "[msh]")
{
    Backlog backlog(0, whatever_leaves);
    backlog.count(waiting(1), only_a);
    for (int n = 0; n < 3; ++n)
        backlog.left("a");
    CHECK_FALSE(backlog.is_long());
    backlog.added("a");
    CHECK(backlog.is_long());
}
