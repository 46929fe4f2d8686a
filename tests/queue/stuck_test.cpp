// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include <algorithm>

using namespace queue;

namespace {

StuckLimits limits_at(std::int64_t seconds)
{
    return {
        .now = at(seconds),
        .overdue = std::chrono::seconds(300),
        .unfetched = std::chrono::seconds(1000)
    };
}

std::vector<std::string> ids_of(const std::vector<Stuck>& stuck)
{
    std::vector<std::string> ids;
    for (const auto& each : stuck)
        ids.push_back(each.summary.id);
    return ids;
}

std::vector<Stuck> stuck_in(const Queue& queue, const StuckLimits& limits)
{
    auto stuck = queue.stuck(limits);
    REQUIRE(stuck);
    return std::move(*stuck);
}

} // namespace

TEST_CASE("a message that is due and that nobody took up is stuck after a while", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one", at(0))));
    CHECK(stuck_in(store.queue, limits_at(299)).empty());
    const auto stuck = stuck_in(store.queue, limits_at(300));
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].summary.id == "id-one");
    CHECK(stuck[0].summary.state == State::queued);
    CHECK(stuck[0].summary.header.peer == "peer-b");
    CHECK(stuck[0].since == at(0));
    CHECK(stuck[0].why == Stuck::Why::overdue);
}

TEST_CASE("a deferred message is stuck after its next try has passed, not before", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one", at(0))));
    REQUIRE(claim(store.queue, claim_by("a", 0))->size() == 1);
    REQUIRE(settle(
        store.queue, "a",
        {.id = "id-one", .state = State::deferred, .at = at(1), .next_try = at(5000)}
    ));
    CHECK(stuck_in(store.queue, limits_at(5299)).empty());
    const auto stuck = stuck_in(store.queue, limits_at(5300));
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].since == at(5000));
    CHECK(stuck[0].summary.next_try == at(5000));
}

TEST_CASE("a lease that ended and that nobody took over is stuck", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    SECTION("of a message that was being sent")
    {
        REQUIRE(enqueue(store.queue, outbound("one", at(0))));
        REQUIRE(claim(store.queue, claim_by("a", 0))->size() == 1); // until 60
    }
    SECTION("of one that was handed out")
    {
        auto message = inbound("one");
        message.id = "id-one";
        REQUIRE(accept(store.queue, std::move(message)));
        REQUIRE(lease(store.queue, lease_of("participant-b", 0))->size() == 1); // until 60
    }
    CHECK(stuck_in(store.queue, limits_at(359)).empty());
    const auto stuck = stuck_in(store.queue, limits_at(360));
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].summary.id == "id-one");
    CHECK(stuck[0].since == at(60));
    CHECK(stuck[0].why == Stuck::Why::lapsed);
}

TEST_CASE("a message in an inbox that nobody asks for is stuck", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto message = inbound("one");
    message.id = "id-one";
    REQUIRE(accept(store.queue, std::move(message)));
    CHECK(stuck_in(store.queue, limits_at(999)).empty());
    const auto stuck = stuck_in(store.queue, limits_at(1000));
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].since == at(1000));
    CHECK(stuck[0].why == Stuck::Why::unfetched);
}

TEST_CASE("what waits for a peer that is not configured any more is stuck at once", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto limits = limits_at(2);
    limits.peers = std::set<std::string>{"peer-c"};
    SECTION("though its next try is to come")
    {
        REQUIRE(enqueue(store.queue, outbound("one", at(0))));
        REQUIRE(claim(store.queue, claim_by("a", 0))->size() == 1);
        REQUIRE(settle(
            store.queue, "a",
            {.id = "id-one", .state = State::deferred, .at = at(1), .next_try = at(5000)}
        ));
    }
    SECTION("and told once, if it is overdue too")
    {
        REQUIRE(enqueue(store.queue, outbound("one", at(0))));
        limits.now = at(1000);
    }
    const auto stuck = stuck_in(store.queue, limits);
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].summary.id == "id-one");
    CHECK(stuck[0].since == at(0));
    CHECK(stuck[0].why == Stuck::Why::no_peer);

    limits.peers->insert("peer-b");
    const auto known = stuck_in(store.queue, limits);
    CHECK(std::ranges::none_of(known, [](const Stuck& each) {
        return each.why == Stuck::Why::no_peer;
    }));
}

TEST_CASE("messages that a certificate holds are stuck at once, and no others", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one", at(0))));
    REQUIRE(claim(store.queue, claim_by("a", 0))->size() == 1);
    REQUIRE(settle(
        store.queue, "a",
        {.id = "id-one", .state = State::deferred, .at = at(1), .next_try = at(5000)}
    ));
    auto limits = limits_at(2);
    CHECK(stuck_in(store.queue, limits).empty());
    limits.held = {"peer-c"};
    CHECK(stuck_in(store.queue, limits).empty());
    limits.held = {"peer-b"};
    limits.now = GENERATE(at(2), at(1'000'000)); // overdue too, and listed once
    const auto stuck = stuck_in(store.queue, limits);
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0].summary.id == "id-one");
    CHECK(stuck[0].since == at(0));
    CHECK(stuck[0].why == Stuck::Why::certificate);
}

TEST_CASE("what has ended is not stuck", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one", at(0))));
    REQUIRE(claim(store.queue, claim_by("a", 0))->size() == 1);
    REQUIRE(settle(store.queue, "a", {.id = "id-one", .state = State::bounced, .at = at(1)}));
    REQUIRE(refuse(store.queue, header("two@a"), "not served", at(0)));
    auto tested = inbound("three");
    tested.state = State::answered;
    REQUIRE(accept(store.queue, std::move(tested)));
    REQUIRE(accept(store.queue, inbound("four")));
    const auto items = lease(store.queue, lease_of("participant-b", 0));
    REQUIRE(items->size() == 1);
    const auto& item = items->front();
    REQUIRE(acknowledge(store.queue, item.id, item.lease, "participant-b"));
    auto limits = limits_at(1'000'000);
    limits.peers.emplace();
    CHECK(stuck_in(store.queue, limits).empty());
}

TEST_CASE("the longest stuck come first, and no more than asked for", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("later", at(2000))));
    auto fresh = inbound("unfetched"); // its deadline is 1000
    fresh.id = "id-unfetched";
    REQUIRE(accept(store.queue, std::move(fresh)));
    REQUIRE(enqueue(store.queue, outbound("sooner", at(500))));
    auto limits = limits_at(5000);
    using Ids = std::vector<std::string>;
    CHECK(ids_of(stuck_in(store.queue, limits)) == Ids{"id-sooner", "id-unfetched", "id-later"});
    limits.limit = 2;
    CHECK(ids_of(stuck_in(store.queue, limits)) == Ids{"id-sooner", "id-unfetched"});
    limits.limit = 0;
    CHECK(stuck_in(store.queue, limits).empty());
}

TEST_CASE("a page of what is stuck has an end, whoever asks for more", "[queue]")
{
    const support::TemporaryFolder folder;
    std::promise<void> all;
    std::atomic<int> left = 501;
    Opened store(folder.path());
    for (int n = 0; n < 501; ++n)
        store.queue.enqueue(outbound(std::to_string(n)), [&](const auto&) {
            if (--left == 0) all.set_value();
        });
    all.get_future().wait();
    auto limits = limits_at(5000);
    limits.limit = 1000;
    CHECK(stuck_in(store.queue, limits).size() == 500);
}
