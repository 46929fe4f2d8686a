// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include <set>
#include <thread>

using namespace queue;

namespace {

Settlement settlement(const std::string& id, State state, std::int64_t when)
{
    Settlement settled{.id = id, .state = state, .at = at(when)};
    settled.attempt = {
        .started = at(when - 1),
        .took = base::Duration(900),
        .endpoint = "https://b/as4",
        .tls_peer = "CN=b",
        .http_status = 200,
        .bytes = 1234};
    return settled;
}

Message find(Queue& queue, const std::string& id)
{
    auto found = queue.find(id, {});
    REQUIRE(found);
    return std::move(*found);
}

std::vector<std::string> ids(const std::vector<Job>& jobs)
{
    std::vector<std::string> result;
    for (const auto& job : jobs)
        result.push_back(job.id);
    return result;
}

} // namespace

TEST_CASE("a submission is kept whole and claimed whole", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto enqueued = enqueue(store.queue, outbound("one"));
    REQUIRE(enqueued);
    CHECK(enqueued->id == "id-one");
    CHECK(enqueued->message_id == "one@a");
    CHECK_FALSE(enqueued->existed);

    const auto jobs = claim(store.queue, claim_by("owner", 1));
    REQUIRE(jobs);
    REQUIRE(jobs->size() == 1);
    const auto& job = jobs->front();
    CHECK(job.id == "id-one");
    CHECK(job.header.message_id == "one@a");
    CHECK(job.header.conversation_id == "conversation");
    CHECK(job.header.peer == "peer-b");
    CHECK(job.sealed == std::string("sealed\0", 7) + "one");
    CHECK(job.attempts == 0);
    CHECK_FALSE(job.outcome_unknown);
    CHECK(job.created == at(0));
    CHECK(job.expires == at(3600));
    REQUIRE(job.parts.size() == 1);
    CHECK(job.parts[0].content_id == "message");
    CHECK(job.parts[0].mime_type == "text/xml");
    CHECK(job.parts[0].character_set == "utf-8");
    CHECK(job.parts[0].compressed);
    CHECK(job.parts[0].stored_size == 13);
    CHECK(job.parts[0].plain_size == 26);
    CHECK(job.parts[0].sha256 == "sha256 of octets of one");
    CHECK(store.queue.payload("id-one", 0, {})->memory() == "octets of one");
}

TEST_CASE("the same key with the same content is the first submission again", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto again = outbound("one");
    again.id = "id-other";
    again.header.message_id = "other@a";
    const auto repeated = enqueue(store.queue, std::move(again));
    REQUIRE(repeated);
    CHECK(repeated->existed);
    CHECK(repeated->id == "id-one");
    CHECK(repeated->message_id == "one@a");
    CHECK(store.queue.list({})->size() == 1);
}

TEST_CASE("the same key with other content is a conflict", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = outbound("two");
    other.idempotency_key = "key-one";
    CHECK(enqueue(store.queue, std::move(other)).error().code == errc::conflict);
    CHECK(store.queue.list({})->size() == 1);
}

TEST_CASE("keys of two clients do not meet", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = outbound("two");
    other.idempotency_key = "key-one";
    other.client = "another";
    CHECK_FALSE(enqueue(store.queue, std::move(other))->existed);
}

TEST_CASE("submissions without a key are never the same", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const auto* name : {"one", "two"}) {
        auto message = outbound(name);
        message.idempotency_key.clear();
        CHECK_FALSE(enqueue(store.queue, std::move(message))->existed);
    }
}

TEST_CASE("a MessageId goes out once", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = outbound("two");
    other.header.message_id = "one@a";
    CHECK(enqueue(store.queue, std::move(other)).error().code == errc::conflict);
}

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
    CHECK(renew(store.queue, "id-one", "a", at(200)).error().code == errc::wrong_state);
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
    auto at_work = claim_by("a", 100);
    at_work.at_work = {"id-one"};
    CHECK(claim(store.queue, at_work)->empty());
    CHECK(claim(store.queue, claim_by("b", 159))->empty()); // renewed
    CHECK(store.queue.find("id-one", {})->attempts.empty());
    at_work.owner = "b"; // an id alone is no claim
    at_work.now = at(160);
    CHECK(claim(store.queue, at_work)->size() == 1);
}

TEST_CASE("a renewed claim lasts longer", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    REQUIRE(renew(store.queue, "id-one", "a", at(200)));
    CHECK(claim(store.queue, claim_by("b", 199))->empty());
    CHECK(claim(store.queue, claim_by("b", 200))->size() == 1);
    CHECK(renew(store.queue, "id-none", "a", at(200)).error().code == errc::not_found);
}

TEST_CASE("a delivered message keeps its receipt and attempt and is never claimed again", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    auto delivered = settlement("id-one", State::delivered, 3);
    delivered.receipt = "the receipt";
    delivered.receipt_id = "receipt@b";
    delivered.receipt_signer = "DER of b";
    REQUIRE(settle(store.queue, "a", delivered));

    const auto message = find(store.queue, "id-one");
    CHECK(message.summary.state == State::delivered);
    CHECK(message.summary.changed == at(3));
    CHECK(message.receipt == "the receipt");
    CHECK(message.receipt_id == "receipt@b");
    CHECK(message.receipt_signer == "DER of b");
    REQUIRE(message.attempts.size() == 1);
    CHECK(message.attempts[0].started == at(2));
    CHECK(message.attempts[0].took == base::Duration(900));
    CHECK(message.attempts[0].endpoint == "https://b/as4");
    CHECK(message.attempts[0].tls_peer == "CN=b");
    CHECK(message.attempts[0].http_status == 200);
    CHECK(message.attempts[0].bytes == 1234);
    CHECK(claim(store.queue, claim_by("b", 100'000))->empty());
    CHECK_FALSE(store.queue.next_due(at(0))->has_value());
    CHECK(settle(store.queue, "a", delivered).error().code == errc::wrong_state);
}

TEST_CASE("a deferred message waits for its next try and remembers an unknown outcome", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    auto deferred = settlement("id-one", State::deferred, 3);
    deferred.next_try = at(30);
    deferred.outcome_unknown = true;
    deferred.attempt.error = "no answer";
    REQUIRE(settle(store.queue, "a", deferred));
    const auto summary = find(store.queue, "id-one").summary;
    CHECK(summary.state == State::deferred);
    CHECK(summary.next_try == at(30));
    CHECK(summary.last_error == "no answer");

    CHECK(claim(store.queue, claim_by("a", 29))->empty());
    const auto jobs = claim(store.queue, claim_by("a", 30));
    REQUIRE(jobs->size() == 1);
    CHECK(jobs->front().attempts == 1);
    CHECK(jobs->front().outcome_unknown);
    // A later attempt whose outcome is known does not make the earlier one known.
    deferred.outcome_unknown = false;
    REQUIRE(settle(store.queue, "a", deferred));
    CHECK(claim(store.queue, claim_by("a", 30))->front().outcome_unknown);
}

TEST_CASE("a settlement without an attempt counts none", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    REQUIRE(settle(store.queue, "a", {.id = "id-one", .state = State::expired, .at = at(3)}));
    const auto message = find(store.queue, "id-one");
    CHECK(message.summary.state == State::expired);
    CHECK(message.summary.attempts == 0);
    CHECK(message.attempts.empty());
}

TEST_CASE("an attempt ends in a state of outbound messages only", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    const auto state =
        GENERATE(State::queued, State::sending, State::received, State::acknowledged);
    CHECK(
        settle(store.queue, "a", settlement("id-one", state, 2)).error().code == errc::wrong_state
    );
    CHECK(find(store.queue, "id-one").summary.state == State::sending);
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
    skipping.places = {{"dead", 0}, {"unknown", 0}};
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
    set_back.furthest = std::chrono::hours(1);
    const bool skipping = GENERATE(false, true);
    if (skipping) set_back.places = {{"dead", 0}};
    CHECK(ids(*claim(store.queue, set_back)) == std::vector<std::string>{"id-far"});
    set_back.furthest = std::chrono::hours(100);
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
