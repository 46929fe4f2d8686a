// SPDX-License-Identifier: Apache-2.0
// How messages that are kept come to their end: submissions, settlements.
#include "sending.hpp"

using namespace queue;

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
    CHECK(store.queue.payload("id-one", 0, queue::Visibility::all())->memory() == "octets of one");
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
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->size() == 1);
}

TEST_CASE("the same key with other content is a conflict", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = outbound("two");
    other.idempotency_key = "key-one";
    CHECK(enqueue(store.queue, std::move(other)).error().code == errc::conflict);
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->size() == 1);
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
