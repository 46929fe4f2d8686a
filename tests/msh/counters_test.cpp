// SPDX-License-Identifier: Apache-2.0
#include "msh/counters.hpp"

#include <catch2/catch.hpp>

using namespace msh;
using namespace std::chrono_literals;
using Kind = queue::Accepted::Kind;

TEST_CASE("a duration counts up to the first bound that it does not exceed", "[msh]")
{
    Durations durations;
    durations.add(5ms);
    durations.add(6ms);
    durations.add(24h);
    durations.add(25h);
    durations.add(-1s); // the clock was set back
    CHECK(durations.counts.front() == 2);
    CHECK(durations.counts[1] == 1);
    CHECK(durations.counts[durations.bounds.size() - 1] == 1);
    CHECK(durations.counts.back() == 1);
    CHECK(durations.sum == 11ms + 49h);
}

TEST_CASE("an accepted message counts as what the queue made of it", "[msh]")
{
    Counters counters;
    counters.accepted(Kind::first, false, 1ms);
    counters.accepted(Kind::first, true, 1ms);
    counters.accepted(Kind::repeat, false, 1ms);
    counters.accepted(Kind::re_signed, false, 1ms);
    counters.accepted(Kind::conflicting, false, 1ms);
    CHECK(counters.received == 2);
    CHECK(counters.tests == 1);
    CHECK(counters.repeated == 1);
    CHECK(counters.re_signed == 1);
    CHECK(counters.conflicting == 1);
    CHECK(counters.receive.counts.front() == 5);
}

TEST_CASE(
    "an attempt counts with its outcome, and a delivery with the time since the submission", "[msh]"
)
{
    Counters counters;
    queue::Job job;
    job.created = base::from_millis(1'000);
    queue::Settlement settlement;
    settlement.state = queue::State::delivered;
    settlement.at = base::from_millis(1'200);
    settlement.attempt.started = base::from_millis(1'100);
    counters.attempted(job, settlement, queue::State::delivered);
    CHECK(counters.settled[queue::State::delivered] == 1);
    CHECK(counters.delivery.sum == 200ms);
    settlement.state = queue::State::deferred;
    counters.attempted(job, settlement, queue::State::deferred);
    CHECK(counters.settled[queue::State::deferred] == 1);
    CHECK(counters.delivery.sum == 200ms);
}

TEST_CASE("what a signal settled meanwhile, or was given back untried, is no outcome", "[msh]")
{
    Counters counters;
    queue::Settlement settlement;
    settlement.state = queue::State::deferred;
    settlement.attempt.started = base::from_millis(1);
    counters.attempted({}, settlement, queue::State::delivered); // counted when the signal came
    settlement.attempt.started = {};
    counters.attempted({}, settlement, queue::State::deferred);
    CHECK(counters.settled.empty());
}
