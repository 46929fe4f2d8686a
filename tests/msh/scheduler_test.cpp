// SPDX-License-Identifier: Apache-2.0
// Whose turn it is, how much of it, and what the operator decides about it.
#include "scheduling.hpp"

#include <algorithm>
#include <deque>

using namespace scheduling;
using msh::Breaker;
using queue::AdminState;

namespace {

queue::DestinationAdminState
admin_state(const std::string& peer, AdminState given, const std::string& reason = "because")
{
    return {.peer = peer, .admin_state = given, .since = start, .reason = reason};
}

} // namespace

TEST_CASE("a destination begins with a few places and gets one more for as many answers", "[msh]")
{
    Run run;
    CHECK(run.slots("b") == 4);
    for (int n = 0; n < 3; ++n)
        run.one(Kind::answered);
    CHECK(run.seen().slots == 4);
    run.one(Kind::answered);
    CHECK(run.seen().slots == 5);
    for (int n = 0; n < 5; ++n)
        run.one(Kind::answered);
    CHECK(run.seen().slots == 6);
    for (int n = 0; n < 100; ++n)
        run.one(Kind::answered);
    CHECK(run.seen().slots == settings.peer_slots);
}

TEST_CASE(
    "a failure halves the places, and those that began before it do not halve them again", "[msh]"
)
{
    Run run;
    std::vector<Scheduler::Exchange> running;
    for (int n = 0; n < 4; ++n)
        running.push_back(run.begin());
    CHECK(run.slots("b") == 0);
    run.end(running[0], Kind::failed);
    run.end(running[1], Kind::failed);
    run.end(running[2], Kind::none);
    CHECK(run.slots("b") == 1);          // one runs, two they may be
    run.end(running[3], Kind::answered); // of before the fall: it does not count for growth
    run.one(Kind::answered);
    CHECK(run.slots("b") == 2);
    run.one(Kind::failed);
    CHECK(run.seen().slots == 1);
    run.one(Kind::answered);
    CHECK(run.seen().slots == 2);
}

TEST_CASE("what the operator paused gets nothing, and what is drained is emptied", "[msh]")
{
    Run run({"b", "c"});
    const auto of = GENERATE(std::string("b"), std::string());
    run.scheduler.set_admin_state(admin_state(of, AdminState::paused));
    CHECK(run.slots("b") == 0);
    CHECK(run.slots("c") == (of.empty() ? 0 : 4));
    CHECK(run.scheduler.begin("b", run.now).permission == Permission::withheld);
    CHECK(run.scheduler.takes("b"));
    run.scheduler.set_admin_state(admin_state(of, AdminState::drained));
    CHECK(run.slots("b") == 4);
    CHECK_FALSE(run.scheduler.takes("b"));
    CHECK(run.scheduler.takes("c") == !of.empty());
    CHECK(run.scheduler.takes("") == !of.empty());
    run.scheduler.set_admin_state(admin_state(of, AdminState::open));
    CHECK(run.slots("b") == 4);
    CHECK(run.scheduler.takes("b"));
}

TEST_CASE("the stricter of a destination's admin_state and that of all is seen", "[msh]")
{
    Run run;
    run.scheduler.set_admin_state(admin_state("b", AdminState::paused, "its own"));
    run.scheduler.set_admin_state(admin_state("", AdminState::drained, "of all"));
    CHECK(run.seen().admin_state == AdminState::paused);
    CHECK(run.seen().reason == "its own");
    run.scheduler.set_admin_state(admin_state("", AdminState::paused, "of all"));
    CHECK(run.seen().reason == "of all");
    run.scheduler.set_admin_state(admin_state("b", AdminState::drained, "its own"));
    CHECK(run.seen().admin_state == AdminState::paused);
    run.scheduler.set_admin_state(admin_state("", AdminState::open));
    CHECK(run.seen().admin_state == AdminState::drained);
    CHECK(run.seen().reason == "its own");
    run.scheduler.set_admin_state(admin_state("stranger", AdminState::paused)
    ); // configured no more
}

TEST_CASE("a paused destination wakes nobody", "[msh]")
{
    Run run;
    run.fail_until_open();
    run.scheduler.set_admin_state(admin_state("b", AdminState::paused));
    CHECK_FALSE(run.scheduler.wakes_at(run.now));
}

TEST_CASE("an operator's flush probes at once, the peer he names or all", "[msh]")
{
    Run run({"b", "c"});
    run.fail_until_open();
    run.scheduler.probe_now("c", run.now);
    CHECK(run.slots("b") == 0);
    run.scheduler.probe_now(GENERATE("b", ""), run.now);
    CHECK(run.slots("b") == 1);
}

TEST_CASE("one destination never takes the last quarter of the places", "[msh]")
{
    auto given = settings;
    given.peer_slots = 16;
    Run run({"b", "c"}, given);
    std::deque<Scheduler::Exchange> running;
    for (int n = 0; n < 200; ++n) { // to the limit of its growth
        run.one(Kind::answered);
    }
    CHECK(run.scheduler.offer(run.now).limit == 12); // not more in one claim either
    while (run.scheduler.offer(run.now).limit > 0 && run.slots("b") > 0)
        running.push_back(run.begin());
    CHECK(running.size() == 12);
    CHECK(run.slots("c") == 1);
    CHECK(run.scheduler.offer(run.now).limit == 4);
    running.push_back(run.begin("c"));
    CHECK(run.slots("c") == 0); // of what is kept a destination gets one
    CHECK(run.scheduler.offer(run.now).limit == 3);
}

TEST_CASE("all places together are bounded", "[msh]")
{
    std::vector<std::string> peers;
    for (int n = 0; n < 40; ++n)
        peers.push_back("peer " + std::to_string(n));
    auto given = settings;
    given.slots = static_cast<std::size_t>(GENERATE(1, 2, 3, 16));
    Run run(peers, given);
    std::size_t begun = 0;
    for (const auto& peer : peers) {
        if (run.scheduler.offer(run.now).limit == 0) break;
        REQUIRE(run.slots(peer) > 0);
        run.begin(peer);
        ++begun;
    }
    CHECK(begun == given.slots);
    CHECK(run.scheduler.running() == given.slots);
    CHECK(run.scheduler.offer(run.now).limit == 0);
}

TEST_CASE("what an exchange takes is the mean of the last ones", "[msh]")
{
    Run run;
    CHECK(run.seen().exchange == 0ms);
    const auto take = [&](base::Duration time, Kind kind = Kind::answered) {
        const auto exchange = run.begin();
        run.scheduler.end(exchange, {.kind = kind, .failure = "down", .took = time}, run.now);
    };
    take(800ms);
    CHECK(run.seen().exchange == 800ms);
    take(1600ms, Kind::failed);
    CHECK(run.seen().exchange == 900ms);
    take(10s, Kind::none); // nothing was sent
    CHECK(run.seen().exchange == 900ms);
    take(24h);
    CHECK(run.seen().exchange == 8287ms); // a minute at most
}

TEST_CASE("a peer that is not configured has no place and no record", "[msh]")
{
    Run run;
    const auto exchange = run.scheduler.begin("stranger", run.now);
    CHECK(exchange.permission == Permission::unknown);
    run.end(exchange, Kind::none);
    CHECK(run.scheduler.running() == 0);
    CHECK(run.scheduler.destinations(run.now).size() == 1);
    CHECK(run.scheduler.takes("stranger"));
}

namespace {

// Exchanges in steps of 100 ms: those of "dead" end as failures after 30 seconds, those of the
// others are answered after one step. Everybody has enough to send.
struct Traffic {
    struct Running {
        Scheduler::Exchange exchange;
        base::Time ends;
    };
    Run run;
    std::vector<std::string> peers;
    std::vector<Running> running;
    std::map<std::string, int> sent;
    std::size_t max_of_dead = 0;

    explicit Traffic(const std::vector<std::string>& names) : run(names), peers(names) {}

    // As the queue deals places out: in turns.
    bool claim()
    {
        const auto offer = run.scheduler.offer(run.now);
        auto left = offer.limit;
        auto turn = std::ranges::upper_bound(peers, offer.after) - peers.begin();
        std::map<std::string, std::size_t> given;
        for (std::size_t skipped = 0; left > 0 && skipped < peers.size(); ++turn) {
            const auto& peer = peers[static_cast<std::size_t>(turn) % peers.size()];
            const auto named = offer.slots.find(peer);
            const auto slots = named == offer.slots.end() ? offer.default_slots : named->second;
            if (given[peer] >= slots) {
                ++skipped;
                continue;
            }
            skipped = 0;
            ++given[peer];
            --left;
            const auto exchange = run.scheduler.begin(peer, run.now);
            if (exchange.permission != Permission::granted) continue;
            running.push_back({exchange, run.now + (peer == "dead" ? base::Duration(30s) : 100ms)});
            ++sent[peer];
        }
        return left < offer.limit;
    }
    void step()
    {
        while (claim()) {
        }
        const auto of_dead =
            static_cast<std::size_t>(std::ranges::count_if(running, [](const Running& each) {
                return each.exchange.peer == "dead";
            }));
        max_of_dead = std::max(max_of_dead, of_dead);
        run.now += 100ms;
        const auto over = std::partition(running.begin(), running.end(), [&](const Running& each) {
            return each.ends > run.now;
        });
        for (auto each = over; each != running.end(); ++each)
            run.end(each->exchange, each->exchange.peer == "dead" ? Kind::failed : Kind::answered);
        running.erase(over, running.end());
    }
};

} // namespace

TEST_CASE("beside 99 destinations a dead one costs a few places once, then one at a time", "[msh]")
{
    std::vector<std::string> peers;
    for (int n = 0; n < 99; ++n)
        peers.push_back("peer " + std::to_string(n + 100));
    peers.push_back("dead");
    std::ranges::sort(peers);
    Traffic traffic(peers);
    for (int step = 0; step < 600; ++step)
        traffic.step();
    CHECK(traffic.max_of_dead <= settings.first);
    traffic.max_of_dead = 0;
    traffic.sent.clear();
    for (int step = 0; step < 3000; ++step) // five minutes
        traffic.step();
    CHECK(traffic.max_of_dead == 1);
    CHECK(traffic.sent["dead"] <= 10);
    traffic.sent.erase("dead");
    const auto [min, max] =
        std::ranges::minmax_element(traffic.sent, {}, [](const auto& each) { return each.second; });
    CHECK(traffic.sent.size() == 99);
    CHECK(max->second - min->second <= 2); // everybody the same
    CHECK(min->second >= 3000 * 15 / 99 - 10);
}
