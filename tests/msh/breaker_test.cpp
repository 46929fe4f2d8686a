// SPDX-License-Identifier: Apache-2.0
// When a destination that failed, or asked for time, is tried again.
#include "scheduling.hpp"

#include <algorithm>

using namespace scheduling;
using msh::Breaker;

TEST_CASE("failures in a row open the breaker, an answer between them does not let it", "[msh]")
{
    Run run;
    for (int n = 0; n < 10; ++n) {
        run.one(Kind::failed);
        run.one(Kind::failed);
        run.one(Kind::answered);
    }
    CHECK(run.seen().breaker == Breaker::closed);
    run.fail_until_open();
    CHECK(run.seen().breaker == Breaker::open);
    CHECK(run.slots("b") == 0);
    CHECK(run.scheduler.begin("b", run.now).permission == Permission::withheld);
    CHECK(run.seen().attempts == 33);
    CHECK(run.seen().failures == 23);
    CHECK(run.seen().consecutive_failures == 3);
    CHECK(run.seen().last_failure == "down");
}

TEST_CASE(
    "an open breaker lets one probe through at a time, after waits that grow to a limit", "[msh]"
)
{
    Run run;
    run.fail_until_open();
    auto expected = 10s;
    for (int probe = 0; probe < 8; ++probe) {
        CAPTURE(probe);
        const auto wait = run.wait();
        CHECK(wait >= expected / 2);
        CHECK(wait <= expected);
        CHECK(run.scheduler.wakes_at(run.now) == run.now + wait);
        run.now += wait - 1ms;
        CHECK(run.slots("b") == 0);
        run.now += 1ms;
        CHECK(run.slots("b") == 1);
        CHECK_FALSE(run.scheduler.wakes_at(run.now)); // it may go at once
        const auto running = run.begin();
        CHECK(run.seen().breaker == Breaker::probing);
        CHECK(run.slots("b") == 0);
        CHECK(run.scheduler.begin("b", run.now).permission == Permission::withheld);
        run.now += 1s;
        run.end(running, Kind::failed);
        CHECK(run.seen().breaker == Breaker::open);
        expected = std::min(expected * 2, 60s);
    }
}

TEST_CASE("two destinations that failed together are not probed together", "[msh]")
{
    Run run({"b", "c"});
    for (std::size_t n = 0; n < settings.failures; ++n) {
        run.one(Kind::failed, "b");
        run.one(Kind::failed, "c");
    }
    CHECK(run.seen("b").not_before != run.seen("c").not_before);
}

TEST_CASE("a probe that is answered closes the breaker, and the places grow from one", "[msh]")
{
    Run run;
    run.fail_until_open();
    run.now += 10s;
    run.one(Kind::answered);
    CHECK(run.seen().breaker == Breaker::closed);
    CHECK(run.seen().consecutive_failures == 0);
    CHECK(run.slots("b") == 1);
    run.one(Kind::answered);
    CHECK(run.slots("b") == 2);
    // The next time it is down the waits begin anew.
    run.fail_until_open();
    CHECK(run.wait() <= 10s);
}

TEST_CASE("a probe that never went out says nothing, and the next one may go at once", "[msh]")
{
    Run run;
    run.fail_until_open();
    run.now += 10s;
    run.one(Kind::none);
    CHECK(run.seen().breaker == Breaker::open);
    CHECK(run.slots("b") == 1);
    CHECK(run.seen().attempts == 3);
}

TEST_CASE("what began before the breaker opened fails no probe, and its answer closes it", "[msh]")
{
    Run run;
    std::vector<Scheduler::Exchange> running;
    for (int n = 0; n < 4; ++n)
        running.push_back(run.begin());
    for (int n = 0; n < 3; ++n)
        run.end(running[static_cast<std::size_t>(n)], Kind::failed);
    const auto opened = run.seen().not_before;
    REQUIRE(opened);
    SECTION("a failure does not put the probe off")
    {
        run.end(running[3], Kind::failed);
        CHECK(run.seen().not_before == opened);
    }
    SECTION("an answer closes it")
    {
        run.end(running[3], Kind::answered);
        CHECK(run.seen().breaker == Breaker::closed);
        CHECK(run.slots("b") == 1);
    }
}

TEST_CASE("what hangs since before a destination came back neither blocks it nor counts", "[msh]")
{
    Run run;
    std::vector<Scheduler::Exchange> hanging;
    for (int n = 0; n < 4; ++n)
        hanging.push_back(run.begin());
    for (std::size_t n = 0; n < 3; ++n)
        run.end(hanging[n], Kind::failed);
    run.now += 10s;
    run.one(Kind::answered); // the probe
    CHECK(run.slots("b") == 1);
    run.one(Kind::failed);
    run.one(Kind::failed);
    run.end(hanging[3], Kind::failed);
    CHECK(run.seen().breaker == Breaker::closed);
    CHECK(run.seen().running == 0);
    CHECK(run.slots("b") == 1);
}

TEST_CASE("a peer that asks for time gets it, within a bound", "[msh]")
{
    Run run;
    const auto ask = [&](base::Duration time) {
        run.scheduler.end(
            run.begin(), {.kind = Kind::answered, .retry_after = time, .failure = {}}, run.now
        );
    };
    ask(30s);
    CHECK(run.slots("b") == 0);
    CHECK(run.scheduler.begin("b", run.now).permission == Permission::withheld);
    CHECK(run.scheduler.wakes_at(run.now) == start + 30s);
    CHECK(run.seen().not_before == start + 30s);
    run.now += 30s;
    CHECK(run.slots("b") == 4);
    ask(24h);
    CHECK(run.seen().not_before == run.now + 10min);
}

TEST_CASE("the longer of two times that a peer asks for counts", "[msh]")
{
    Run run;
    const auto first = run.begin();
    const auto second = run.begin();
    run.scheduler.end(first, {.kind = Kind::failed, .retry_after = 60s, .failure = {}}, run.now);
    run.scheduler.end(second, {.kind = Kind::failed, .retry_after = 5s, .failure = {}}, run.now);
    CHECK(run.seen().not_before == start + 60s);
}

TEST_CASE("a clock that is set back makes nobody wait for longer than a wait can be", "[msh]")
{
    Run run;
    run.fail_until_open();
    run.now -= 24h;
    CHECK(run.slots("b") == 1);
    CHECK_FALSE(run.scheduler.wakes_at(run.now));
    run.scheduler.end(
        run.begin(), {.kind = Kind::failed, .retry_after = 5min, .failure = {}}, run.now
    );
    CHECK(run.seen().not_before == run.now + 5min);
}

TEST_CASE(
    "a time that a peer asked for before the clock was set back does not outlast a later one",
    "[msh]"
)
{
    Run run;
    const auto ask = [&](base::Duration time) {
        run.scheduler.end(
            run.begin(), {.kind = Kind::answered, .retry_after = time, .failure = {}}, run.now
        );
    };
    ask(60s);
    run.now -= 24h;
    ask(5min);
    CHECK(run.seen().not_before == run.now + 5min);
}
