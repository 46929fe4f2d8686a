// SPDX-License-Identifier: Apache-2.0
// A scheduler whose clock the test holds.
#pragma once

#include "msh/scheduler.hpp"

#include <catch2/catch.hpp>

namespace scheduling {

using namespace std::chrono_literals;
using msh::Scheduler;
using Kind = Scheduler::End::Kind;
using Permission = Scheduler::Permission;

inline const auto start = base::from_millis(1'700'000'000'000);

inline const msh::SchedulerSettings settings{
    .slots = 16,
    .peer_slots = 8,
    .first = 4,
    .failures = 3,
    .probe_delay = 10s,
    .probe_max_delay = 60s,
    .max_retry_after = 10min
};

struct Run {
    Scheduler scheduler;
    base::Time now = start;

    explicit Run(
        const std::vector<std::string>& peers = {"b"}, msh::SchedulerSettings given = settings
    )
        : scheduler(given, peers, 1)
    {
    }
    std::size_t slots(const std::string& peer)
    {
        const auto offer = scheduler.offer(now);
        const auto named = offer.slots.find(peer);
        return named == offer.slots.end() ? offer.default_slots : named->second;
    }
    Scheduler::Exchange begin(const std::string& peer = "b")
    {
        const auto exchange = scheduler.begin(peer, now);
        REQUIRE(exchange.permission == Permission::granted);
        return exchange;
    }
    void end(const Scheduler::Exchange& exchange, Kind kind)
    {
        scheduler.end(exchange, {.kind = kind, .retry_after = {}, .failure = "down"}, now);
    }
    void one(Kind kind, const std::string& peer = "b") { end(begin(peer), kind); }
    void fail_until_open()
    {
        for (std::size_t n = 0; n < settings.failures; ++n)
            one(Kind::failed);
    }
    msh::Destination seen(const std::string& peer = "b")
    {
        for (auto& each : scheduler.destinations(now))
            if (each.peer == peer) return each;
        FAIL("no such destination");
        return {};
    }
    base::Duration wait() { return seen().not_before.value_or(now) - now; }
};

} // namespace scheduling
