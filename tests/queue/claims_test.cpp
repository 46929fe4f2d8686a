// SPDX-License-Identifier: Apache-2.0
// Whose a message is while it is sent, and whose turn it is.
#include "sending.hpp"

#include <set>
#include <thread>

using namespace queue;

TEST_CASE("what is claimed is not claimed again while its lease lasts", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    CHECK(claim(store.queue, claim_by("b", 2))->empty());
    CHECK(claim(store.queue, claim_by("b", 60))->empty());
}

TEST_CASE("a lapsed claim is taken over, and its attempt may have arrived", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    const auto taken = claim(store.queue, claim_by("b", 61));
    REQUIRE(taken->size() == 1);
    CHECK(taken->front().attempts == 1);
    CHECK(taken->front().outcome_unknown);

    const auto message = find(store.queue, "id-one");
    REQUIRE(message.attempts.size() == 1);
    CHECK(message.attempts[0].error == "interrupted");
    CHECK(message.attempts[0].started == at(1));
    CHECK(message.summary.attempts == 1);

    // The first owner is too late.
    CHECK(*renew(store.queue, {"id-one"}, "a", at(200)) == std::vector<std::string>{"id-one"});
    CHECK(
        settle(store.queue, "a", settlement("id-one", State::delivered, 62)).error().code ==
        errc::wrong_state
    );
    CHECK(settle(store.queue, "b", settlement("id-one", State::delivered, 62)));
    CHECK(find(store.queue, "id-one").summary.attempts == 2);
}

TEST_CASE("a lapsed claim that nobody took over still is its owner's", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    CHECK(settle(store.queue, "a", settlement("id-one", State::delivered, 300)));
}

TEST_CASE(
    "a lapsed claim that its owner still works on is renewed, not handed out again", "[queue]"
)
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    auto in_flight = claim_by("a", 100);
    in_flight.in_flight = {"id-one"};
    CHECK(claim(store.queue, in_flight)->empty());
    CHECK(claim(store.queue, claim_by("b", 159))->empty()); // renewed
    CHECK(store.queue.find("id-one", queue::Visibility::all())->attempts.empty());
    in_flight.owner = "b"; // an id alone is no claim
    in_flight.now = at(160);
    CHECK(claim(store.queue, in_flight)->size() == 1);
}

TEST_CASE("a lapsed claim that its owner does not work on is taken up again", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    auto in_flight = claim_by("a", 61);
    in_flight.in_flight = {"id-other"};
    const auto again = claim(store.queue, in_flight);
    REQUIRE(again->size() == 1);
    CHECK(again->front().outcome_unknown);
    CHECK(again->front().last_error == "interrupted");
}

TEST_CASE("a renewal that comes after the end does not begin anew", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    SECTION("of a message that a receipt settled while its attempt runs")
    {
        Signal receipt{.id = "id-one", .at = at(2), .state = State::delivered, .receipt = "r"};
        REQUIRE(signal(store.queue, std::move(receipt)));
        CHECK(renew(store.queue, {"id-one"}, "a", at(100))->empty()); // there is one to record
        CHECK(renew(store.queue, {"id-one"}, "b", at(100))->size() == 1);
        CHECK(claim(store.queue, claim_by("a", 3000))->empty());
    }
    SECTION("of an attempt that was settled")
    {
        auto deferred = settlement("id-one", State::deferred, 2);
        deferred.next_try = at(1000);
        REQUIRE(settle(store.queue, "a", deferred));
        CHECK(renew(store.queue, {"id-one"}, "a", at(100))->size() == 1);
        CHECK(claim(store.queue, claim_by("a", 999))->empty());
        CHECK(claim(store.queue, claim_by("a", 1000))->size() == 1);
    }
}

TEST_CASE("leases are renewed and admin_states kept however much waits for the writer", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, outbound("one")));
        REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    }
    auto full = Queue::open({.folder = folder.path(), .waiting_limit = 0}, {});
    REQUIRE(full);
    CHECK(enqueue(*full, outbound("two")).error().code == errc::stopped);
    const auto lost = renew(*full, {"id-one"}, "a", at(200));
    REQUIRE(lost);
    CHECK(lost->empty());
    const DestinationAdminState drained{"b", AdminState::drained, at(2), "too much"};
    CHECK(wait_for<void>([&](auto done) { full->set_admin_state(drained, done); }));
}

TEST_CASE("a renewed claim lasts longer", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    REQUIRE(renew(store.queue, {"id-one"}, "a", at(200))->empty());
    CHECK(claim(store.queue, claim_by("b", 199))->empty());
    CHECK(claim(store.queue, claim_by("b", 200))->size() == 1);
}

TEST_CASE("the oldest due come first, as many as asked, none of a skipped peer", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const int n : {3, 1, 2, 5, 4}) {
        auto message = outbound(std::to_string(n), at(n));
        if (n % 2 == 0) message.header.peer = "dead";
        REQUIRE(enqueue(store.queue, std::move(message)));
    }
    auto skipping = claim_by("a", 4, 2);
    skipping.slots = {{"dead", 0}, {"unknown", 0}};
    CHECK(ids(*claim(store.queue, skipping)) == std::vector<std::string>{"id-1", "id-3"});
    CHECK(ids(*claim(store.queue, skipping)).empty());
    CHECK(ids(*claim(store.queue, claim_by("a", 4, 1))) == std::vector<std::string>{"id-2"});
    CHECK(ids(*claim(store.queue, claim_by("a", 9))) == std::vector<std::string>{"id-4", "id-5"});
}

TEST_CASE("what a clock that was set back put far away is due now", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const auto* name : {"far", "near"})
        REQUIRE(enqueue(store.queue, outbound(name)));
    REQUIRE(claim(store.queue, claim_by("a", 100'000))->size() == 2);
    auto deferred = settlement("id-far", State::deferred, 100'001);
    deferred.next_try = at(103'600);
    REQUIRE(settle(store.queue, "a", deferred));
    deferred = settlement("id-near", State::deferred, 100'001);
    deferred.next_try = at(5'000);
    REQUIRE(settle(store.queue, "a", deferred));

    auto set_back = claim_by("a", 4'000); // nearly 27 hours ago
    CHECK(claim(store.queue, set_back)->empty());
    set_back.max_delay = std::chrono::hours(1);
    const bool skipping = GENERATE(false, true);
    if (skipping) set_back.slots = {{"dead", 0}};
    CHECK(ids(*claim(store.queue, set_back)) == std::vector<std::string>{"id-far"});
    set_back.max_delay = std::chrono::hours(100);
    CHECK(claim(store.queue, set_back)->empty());
}

TEST_CASE("the next due is the earliest of queued, deferred and lapsing claims", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    CHECK_FALSE(store.queue.next_due(at(0))->has_value());
    REQUIRE(enqueue(store.queue, outbound("one", at(10))));
    CHECK(*store.queue.next_due(at(0)) == at(10));
    CHECK(*store.queue.next_due(at(12)) == at(12));
    REQUIRE(claim(store.queue, claim_by("a", 12))->size() == 1);
    CHECK(*store.queue.next_due(at(12)) == at(72));
    auto deferred = settlement("id-one", State::deferred, 13);
    deferred.next_try = at(500);
    REQUIRE(settle(store.queue, "a", deferred));
    CHECK(*store.queue.next_due(at(13)) == at(500));
}

TEST_CASE("two owners at once never hold the same message", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (int n = 0; n < 200; ++n)
        REQUIRE(enqueue(store.queue, outbound(std::to_string(n))));
    std::array<std::vector<std::string>, 4> held;
    {
        std::vector<std::thread> owners;
        for (std::size_t n = 0; n < held.size(); ++n)
            owners.emplace_back([&, n] {
                while (true) {
                    const auto jobs =
                        claim(store.queue, claim_by("owner " + std::to_string(n), 1, 3));
                    if (!jobs || jobs->empty()) return;
                    for (const auto& job : *jobs)
                        held[n].push_back(job.id);
                }
            });
        for (auto& owner : owners)
            owner.join();
    }
    std::set<std::string> all;
    std::size_t count = 0;
    for (const auto& each : held) {
        all.insert(each.begin(), each.end());
        count += each.size();
    }
    CHECK(count == 200);
    CHECK(all.size() == 200);
}

TEST_CASE("the claims that run are renewed together, and those that are lost are told", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const auto* name : {"held", "taken", "waiting"})
        REQUIRE(enqueue(store.queue, outbound(name)));
    REQUIRE(claim(store.queue, claim_by("a", 1, 2))->size() == 2);
    REQUIRE(renew(store.queue, {"id-held"}, "a", at(100))->empty());
    REQUIRE(claim(store.queue, claim_by("b", 61, 1))->front().id == "id-waiting");
    REQUIRE(claim(store.queue, claim_by("b", 61, 1))->front().id == "id-taken");
    const auto lost =
        renew(store.queue, {"id-held", "id-taken", "id-waiting", "id-none"}, "a", at(200));
    CHECK(*lost == std::vector<std::string>{"id-taken", "id-waiting", "id-none"});
    CHECK(ids(*claim(store.queue, claim_by("c", 199))).size() == 2);
    CHECK(ids(*claim(store.queue, claim_by("c", 200))) == std::vector<std::string>{"id-held"});
}

TEST_CASE(
    "after a restart what was never started goes out, what is leased when the lease is over",
    "[queue]"
)
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, outbound("leased")));
        REQUIRE(claim(store.queue, claim_by("before", 1))->size() == 1);
        REQUIRE(enqueue(store.queue, outbound("waiting")));
    }
    Opened store(folder.path());
    const auto waiting = claim(store.queue, claim_by("after", 2));
    REQUIRE(ids(*waiting) == std::vector<std::string>{"id-waiting"});
    CHECK(waiting->front().attempts == 0);
    CHECK_FALSE(waiting->front().outcome_unknown);
    CHECK(claim(store.queue, claim_by("after", 60))->empty());
    CHECK(ids(*claim(store.queue, claim_by("after", 61))) == std::vector<std::string>{"id-leased"});
}

namespace {

// Messages "<peer><n>", due in this order.
void fill(Queue& queue, const std::vector<std::string>& names)
{
    std::int64_t due = 0;
    for (const auto& name : names) {
        auto message = outbound(name, at(++due));
        message.header.peer = name.substr(0, 1);
        REQUIRE(enqueue(queue, std::move(message)));
    }
}

std::string claimed(Queue& queue, const Queue::Claim& wanted)
{
    std::string names;
    for (const auto& id : ids(*claim(queue, wanted)))
        names += (names.empty() ? "" : " ") + id.substr(3);
    return names;
}

} // namespace

TEST_CASE("claims go in turns over the peers, however much waits for one of them", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1", "a2", "a3", "a4", "a5", "b1", "b2", "c1"});
    auto wanted = claim_by("owner", 100, 4);
    CHECK(claimed(store.queue, wanted) == "a1 b1 c1 a2");
    wanted.after = "a";
    wanted.limit = 1;
    CHECK(claimed(store.queue, wanted) == "b2");
    wanted.after = "between a and b"; // a peer that is configured no more
    wanted.limit = 4;
    CHECK(claimed(store.queue, wanted) == "a3 a4 a5");
}

TEST_CASE("a round begins after the peer whose turn was last and comes back to it", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1", "b1", "c1", "a2", "b2", "c2"});
    auto wanted = claim_by("owner", 100, 4);
    const auto [after, first] = GENERATE(table<std::string, std::string>(
        {{"", "a1 b1 c1 a2"},
         {"a", "b1 c1 a1 b2"},
         {"b", "c1 a1 b1 c2"},
         {"c", "a1 b1 c1 a2"},
         {"z", "a1 b1 c1 a2"}}
    ));
    wanted.after = after;
    CHECK(claimed(store.queue, wanted) == first);
}

TEST_CASE("no peer gets more than its places in one claim", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2"});
    auto wanted = claim_by("owner", 100);
    wanted.slots = {{"a", 1}, {"b", 0}};
    wanted.default_slots = 2;
    CHECK(claimed(store.queue, wanted) == "a1 c1 c2");
    wanted.slots = {{"b", 2}};
    wanted.default_slots = 0;
    CHECK(claimed(store.queue, wanted) == "b1 b2");
}

TEST_CASE(
    "what has outlived its time is claimed to be ended, also of a peer without places", "[queue]"
)
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1", "a2", "a3", "b1"}); // each for an hour
    auto wanted = claim_by("owner", 3602);
    wanted.slots = {{"a", 0}, {"b", 0}};
    CHECK(claimed(store.queue, wanted).empty());
    wanted.expired = 1;
    CHECK(claimed(store.queue, wanted) == "a1");
    wanted.expired = 10;
    CHECK(claimed(store.queue, wanted) == "a2");
    wanted.now = at(3603);
    wanted.limit = 0;
    CHECK(claimed(store.queue, wanted) == "a3");
    // A deferred one whose next try never comes, for the peer is blocked.
    REQUIRE(claim(store.queue, claim_by("owner", 3603))->size() == 1);
    auto deferred = settlement("id-b1", State::deferred, 3603);
    deferred.next_try = at(9'000);
    REQUIRE(settle(store.queue, "owner", deferred));
    wanted.now = at(3604);
    CHECK(claimed(store.queue, wanted) == "b1");
}

TEST_CASE("what is being sent is not taken away because its time is over", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1"});
    REQUIRE(claim(store.queue, claim_by("owner", 3600))->size() == 1);
    auto wanted = claim_by("another", 3605);
    wanted.expired = 10;
    CHECK(claimed(store.queue, wanted).empty());
    wanted.now = at(3660); // the lease is over too
    CHECK(claimed(store.queue, wanted) == "a1");
}

TEST_CASE("the next due is of a peer that has places", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    fill(store.queue, {"a1", "b1", "c1"});
    CHECK(*store.queue.next_due(at(0), {{"a", 0}}) == at(2));
    CHECK(*store.queue.next_due(at(0), {{"c", 1}}, 0) == at(3));
    CHECK(*store.queue.next_due(at(5), {{"c", 1}}, 0) == at(5));
    CHECK_FALSE(store.queue.next_due(at(5), {{"a", 0}, {"b", 0}, {"c", 0}})->has_value());
}
