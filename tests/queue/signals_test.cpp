// SPDX-License-Identifier: Apache-2.0
// What a signal by itself makes of a sent message in each of its states.
#include "opened.hpp"

using namespace queue;

namespace {

Settlement settlement(State state, std::int64_t when)
{
    Settlement settled{.id = "id-one", .state = state, .at = at(when)};
    settled.attempt = {.started = at(when - 1), .took = base::Duration(900), .error = "no answer"};
    if (state == State::deferred) settled.next_try = at(when + 100);
    return settled;
}

Signal proof()
{
    return {
        .id = "id-one",
        .at = at(50),
        .state = State::delivered,
        .error = {},
        .receipt = "the receipt",
        .receipt_id = "receipt@b",
        .receipt_signer = "DER of b"
    };
}
Signal error(std::optional<State> state)
{
    return {.id = "id-one", .at = at(50), .state = state, .error = "EBMS:0303"};
}

// A store with one message that was brought into a state.
struct One {
    support::TemporaryFolder folder;
    Opened store{folder.path()};

    explicit One(State state)
    {
        REQUIRE(enqueue(store.queue, outbound("one")));
        if (state == State::queued) return;
        REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
        if (state == State::sending) return;
        REQUIRE(settle(store.queue, "a", settlement(state, 3)));
    }
    Message message() { return store.queue.find("id-one", queue::Visibility::all()).value(); }
    State state() { return message().summary.state; }
    bool is_waiting() { return store.queue.next_due(at(0))->has_value(); }
};

} // namespace

TEST_CASE("a signal that ends a message is taken however much waits for the writer", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, outbound("one")));
    }
    auto full = Queue::open({.folder = folder.path(), .waiting_limit = 0}, {});
    REQUIRE(full);
    CHECK(signal(*full, error(std::nullopt)).error().code == errc::stopped);
    CHECK(signal(*full, proof())->state == State::delivered);
}

TEST_CASE("a sent message is found by its MessageId, one received is not", "[queue]")
{
    One one(State::deferred);
    REQUIRE(accept(one.store.queue, inbound("two")));
    const auto sent = one.store.queue.find_sent("one@a");
    REQUIRE(sent);
    CHECK(sent->id == "id-one");
    CHECK(sent->state == State::deferred);
    CHECK(sent->header.peer == "peer-b");
    CHECK(sent->sealed == std::string("sealed\0", 7) + "one");
    CHECK_FALSE(sent->outcome_unknown);
    for (const auto* id : {"two@a", "none@a", ""})
        CHECK(one.store.queue.find_sent(id).error().code == errc::not_found);
}

TEST_CASE("a proof delivers what is on its way or was given up for want of it", "[queue][TA10]")
{
    One one(
        GENERATE(State::queued, State::sending, State::deferred, State::unproven, State::expired)
    );
    const auto settled = signal(one.store.queue, proof());
    REQUIRE(settled);
    CHECK(settled->state == State::delivered);
    CHECK(settled->changed);
    const auto message = one.message();
    CHECK(message.summary.state == State::delivered);
    CHECK(message.summary.changed == at(50));
    CHECK(message.summary.last_error.empty());
    CHECK(message.receipt == "the receipt");
    CHECK(message.receipt_id == "receipt@b");
    CHECK(message.receipt_signer == "DER of b");
    CHECK_FALSE(one.is_waiting());
    CHECK(claim(one.store.queue, claim_by("b", 100'000))->empty());

    // Again, and with another receipt: the first one stays.
    auto other = proof();
    other.receipt = "another receipt";
    const auto again = signal(one.store.queue, other);
    CHECK(again->state == State::delivered);
    CHECK_FALSE(again->changed);
    CHECK(one.message().receipt == "the receipt");
    CHECK(one.message().events.size() == message.events.size());
}

TEST_CASE("a proof for a bounced message is kept and changes nothing else", "[queue]")
{
    One one(State::bounced);
    const auto settled = signal(one.store.queue, proof());
    CHECK(settled->state == State::bounced);
    CHECK_FALSE(settled->changed);
    CHECK(one.state() == State::bounced);
    CHECK(one.message().receipt == "the receipt");
    CHECK(one.message().events.back().name == "signal");
    CHECK(one.message().summary.last_error == "no answer");
}

TEST_CASE("an error ends what has not ended, and is noted otherwise", "[queue]")
{
    const auto final = GENERATE(State::bounced, State::unproven);
    SECTION("on its way")
    {
        One one(GENERATE(State::sending, State::deferred));
        CHECK(signal(one.store.queue, error(final))->changed);
        CHECK(one.state() == final);
        CHECK(one.message().summary.last_error == "EBMS:0303");
        CHECK_FALSE(one.is_waiting());
    }
    SECTION("ended")
    {
        const auto state = GENERATE(State::delivered, State::unproven, State::expired);
        One one(state);
        CHECK_FALSE(signal(one.store.queue, error(final))->changed);
        CHECK(one.state() == state);
        CHECK(one.message().events.back().name == "signal");
    }
}

TEST_CASE("what is only noted is bounded and changes nothing", "[queue]")
{
    One one(State::deferred);
    const auto before = one.message();
    for (int i = 0; i < 50; ++i)
        CHECK_FALSE(signal(one.store.queue, error({}))->changed);
    const auto after = one.message();
    CHECK(after.summary.state == State::deferred);
    CHECK(after.summary.next_try == before.summary.next_try);
    CHECK(after.summary.last_error == before.summary.last_error);
    CHECK(after.events.size() == before.events.size() + 20);
    CHECK(after.events.back().detail == "EBMS:0303");
}

TEST_CASE("the attempt that a signal overtook is recorded and undoes nothing", "[queue]")
{
    One one(State::sending);
    const bool proven = GENERATE(true, false);
    REQUIRE(signal(one.store.queue, proven ? proof() : error(State::bounced)));
    CHECK(renew(one.store.queue, {"id-one"}, "a", at(200))->empty()); // the attempt still runs
    CHECK_FALSE(one.is_waiting());
    const auto state = proven ? State::delivered : State::bounced;
    const auto late = GENERATE(State::deferred, State::bounced, State::expired);
    CHECK(settle(one.store.queue, "a", settlement(late, 60)).value() == state);
    const auto message = one.message();
    CHECK(message.summary.state == state);
    CHECK(message.summary.attempts == 1);
    REQUIRE(message.attempts.size() == 1);
    CHECK(message.attempts[0].error == "no answer");
    CHECK(message.summary.last_error == (proven ? "" : "EBMS:0303"));
    CHECK_FALSE(one.is_waiting());
    // Once: nobody holds it any more.
    CHECK(settle(one.store.queue, "a", settlement(late, 61)).error().code == errc::wrong_state);
    CHECK(settle(one.store.queue, "b", settlement(late, 61)).error().code == errc::wrong_state);
}

TEST_CASE("the receipt of an attempt wins over an error that overtook it", "[queue]")
{
    One one(State::sending);
    const auto overtook = GENERATE(State::unproven, State::bounced);
    REQUIRE(signal(one.store.queue, error(overtook)));
    auto delivered = settlement(State::delivered, 60);
    delivered.receipt = "the receipt";
    delivered.receipt_id = "receipt@b";
    const auto state = overtook == State::unproven ? State::delivered : State::bounced;
    CHECK(settle(one.store.queue, "a", delivered).value() == state);
    CHECK(one.state() == state);
    CHECK(one.message().receipt == "the receipt"); // evidence at any rate
}

TEST_CASE("remarks are kept with their proof, each once and 20 of one name", "[queue]")
{
    const auto count = [](const Message& message, const std::string& name) {
        return std::ranges::count(message.events, name, &Event::name);
    };
    const std::vector<Remark> remarks{{"warning", "slow"}, {"other_content", "PullRequest"}};
    const bool by_signal = GENERATE(true, false);
    const auto state = GENERATE(State::sending, State::delivered, State::bounced);
    One one(State::sending);
    if (by_signal && state != State::sending)
        REQUIRE(settle(one.store.queue, "a", settlement(state, 3)));
    if (!by_signal && state != State::sending)
        REQUIRE(signal(one.store.queue, state == State::delivered ? proof() : error(state)));
    auto proven = proof();
    proven.remarks = remarks;
    auto delivered = settlement(State::delivered, 60);
    delivered.receipt = "the receipt";
    delivered.remarks = remarks;
    const auto added = by_signal ? signal(one.store.queue, proven).value().remarks
                                 : settle_and_tell(one.store.queue, "a", delivered).value().remarks;
    CHECK(added.size() == 2);
    // Whoever has the octets can send them again, and that is no news.
    CHECK(signal(one.store.queue, proven).value().remarks.empty());
    const auto message = one.message();
    CHECK(count(message, "warning") == 1);
    CHECK(count(message, "other_content") == 1);
    const auto other = std::ranges::find(message.events, "other_content", &Event::name);
    REQUIRE(other != message.events.end());
    CHECK(other->detail == "PullRequest");

    for (int i = 0; i < 30; ++i) {
        proven.remarks = {{"warning", std::to_string(i)}};
        CHECK(signal(one.store.queue, proven).value().remarks.empty() == (i >= 19));
    }
    CHECK(count(one.message(), "warning") == 20);
}

TEST_CASE("what contradicts the end of a message is kept with it, once", "[queue]")
{
    const auto count = [](const Message& message, const std::string& name) {
        return std::ranges::count(message.events, name, &Event::name);
    };
    const bool proof_first = GENERATE(true, false);
    auto proven = proof();
    proven.contradiction = Remark{"after_bounce", "receipt@b"};
    const auto failing = GENERATE(std::optional(State::bounced), std::optional<State>());
    auto failure = error(proof_first ? failing : State::bounced);
    failure.contradiction = Remark{"contradiction", "EBMS:0303"};
    const auto& second = proof_first ? failure : proven;
    const auto* const name = proof_first ? "contradiction" : "after_bounce";
    const auto state = proof_first ? State::delivered : State::bounced;
    One one(GENERATE(State::sending, State::deferred));
    const bool runs = one.state() == State::sending;

    CHECK(signal(one.store.queue, proof_first ? proven : failure)->remarks.empty());
    if (runs) {
        auto late = settlement(proof_first ? State::bounced : State::delivered, 60);
        if (!proof_first) late.receipt = "the receipt";
        late.contradiction = second.contradiction;
        const auto settled = settle_and_tell(one.store.queue, "a", late);
        CHECK(settled->state == state);
        REQUIRE(settled->remarks.size() == 1);
        CHECK(settled->remarks[0].name == name);
    } else {
        const auto settled = signal(one.store.queue, second);
        CHECK(settled->state == state);
        REQUIRE(settled->remarks.size() == 1);
        CHECK(settled->remarks[0].name == name);
    }
    CHECK(signal(one.store.queue, second)->remarks.empty());
    CHECK(one.state() == state);
    CHECK(one.message().receipt == "the receipt");
    CHECK(count(one.message(), "contradiction") + count(one.message(), "after_bounce") == 1);
}

TEST_CASE("a failure after which a message was tried again contradicts no proof", "[queue]")
{
    One one(State::sending);
    auto failed = settlement(State::deferred, 60);
    failed.contradiction = Remark{"contradiction", "EBMS:0303"};
    CHECK(settle_and_tell(one.store.queue, "a", failed)->remarks.empty());
    auto proven = proof();
    proven.contradiction = Remark{"after_bounce", "receipt@b"};
    CHECK(signal(one.store.queue, proven)->remarks.empty());
    CHECK(one.state() == State::delivered);
}

TEST_CASE("a signal for no message of ours changes nothing", "[queue]")
{
    One one(State::deferred);
    auto none = proof();
    none.id = "id-none";
    CHECK(signal(one.store.queue, none).error().code == errc::not_found);
    const auto inbox = accept(one.store.queue, inbound("two"));
    none.id = inbox->id;
    CHECK(signal(one.store.queue, none).error().code == errc::not_found);
    CHECK(
        one.store.queue.find(inbox->id, queue::Visibility::all())->summary.state == State::received
    );
}
