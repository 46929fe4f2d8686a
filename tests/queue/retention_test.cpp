// SPDX-License-Identifier: Apache-2.0
#include "retaining.hpp"

#include <future>
#include <thread>

using namespace queue;
using namespace std::chrono_literals;

namespace {

// A message delivered at `when`, with a payload in its row and one in a file.
std::string delivered(Queue& queue, const std::string& name, std::int64_t when)
{
    auto message = outbound(name, at(when));
    message.parts.push_back(large_part(queue, std::string(70'000, 'x')));
    const auto id = enqueue(queue, std::move(message))->id;
    REQUIRE(claim(queue, claim_by("owner", when)));
    REQUIRE(settle(
        queue, "owner",
        {.id = id,
         .state = State::delivered,
         .at = at(when),
         .attempt = {.started = at(when)},
         .receipt = "receipt",
         .receipt_id = "r"}
    ));
    return id;
}

// A message that ended at 0.
std::string expired(Queue& queue)
{
    auto id = enqueue(queue, outbound("a"))->id;
    REQUIRE(claim(queue, claim_by("owner", 0)));
    REQUIRE(settle(queue, "owner", {.id = id, .state = State::expired, .at = at(0)}));
    return id;
}

Signal late_receipt(const std::string& id)
{
    return {
        .id = id,
        .at = at(95),
        .state = State::delivered,
        .error = {},
        .receipt = "receipt",
        .receipt_id = "r"
    };
}

} // namespace

TEST_CASE("a payload goes first, its evidence stays until its own time, then all of it", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const auto id = delivered(queue, "a", 0);

    CHECK(run(queue, 9).payloads == 0);
    CHECK(queue.payload(id, 0, queue::Visibility::all()));
    CHECK_FALSE(queue.find(id, queue::Visibility::all())->payload_gone);

    const auto first = run(queue, 10);
    CHECK(first.payloads == 1);
    CHECK(first.files == 1);
    CHECK(first.octets == 70'000 + std::string("octets of a").size());
    CHECK(payload_files(folder.path()).empty());
    CHECK(queue.payload(id, 0, queue::Visibility::all()).error().code == errc::gone);
    CHECK(queue.payload(id, 1, queue::Visibility::all()).error().code == errc::gone);
    const auto evidence = queue.find(id, queue::Visibility::all());
    REQUIRE(evidence);
    CHECK(evidence->payload_gone);
    CHECK(evidence->receipt == "receipt");
    CHECK_FALSE(evidence->envelope.empty());
    CHECK(evidence->attempts.size() == 1);
    CHECK_FALSE(evidence->events.empty());
    REQUIRE(evidence->parts.size() == 2);
    CHECK(evidence->parts[0].stored_size == std::string("octets of a").size());
    CHECK(evidence->parts[1].stored_size == 70'000);
    CHECK_FALSE(evidence->parts[1].sha256.empty());

    CHECK(run(queue, 99).records == 0);
    CHECK(queue.find(id, queue::Visibility::all()));
    CHECK(run(queue, 100).records == 1);
    CHECK(queue.find(id, queue::Visibility::all()).error().code == errc::not_found);
    CHECK(counted(queue) == 0);
    CHECK(run(queue, 1'000'000).records == 0);
}

TEST_CASE("what failed may be kept longer than what was delivered", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const auto state = GENERATE(State::bounced, State::expired, State::unproven);
    const auto id = enqueue(queue, outbound("a"))->id;
    REQUIRE(claim(queue, claim_by("owner", 0)));
    REQUIRE(settle(queue, "owner", {.id = id, .state = state, .at = at(0)}));
    CHECK(run(queue, 19).payloads == 0);
    CHECK(run(queue, 20).payloads == 1);
}

TEST_CASE("what has not ended never goes, however old it is", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const auto kept = [&](const std::string& id) {
        const auto message = queue.find(id, queue::Visibility::all());
        REQUIRE(message);
        for (std::size_t n = 0; n < message->parts.size(); ++n)
            CHECK(queue.payload(id, n, queue::Visibility::all()));
    };
    const auto queued = enqueue(queue, outbound("queued", at(5)))->id;
    const auto sending = enqueue(queue, outbound("sending"))->id;
    REQUIRE(claim(queue, claim_by("owner", 1, 1))->size() == 1);
    const auto deferred = enqueue(queue, outbound("deferred"))->id;
    REQUIRE(claim(queue, claim_by("owner", 1, 1))->size() == 1);
    REQUIRE(settle(
        queue, "owner", {.id = deferred, .state = State::deferred, .at = at(1), .next_try = at(2)}
    ));
    auto large = inbound("received");
    large.parts.push_back(large_part(queue, std::string(70'000, 'x')));
    const auto leased = accept(queue, inbound("leased"))->id;
    REQUIRE(lease(queue, lease_of("participant-b", 1, 1))->size() == 1);
    const auto received = accept(queue, std::move(large))->id;

    const auto gone = run(queue, 1'000'000'000);
    CHECK(gone.payloads + gone.records + gone.files == 0);
    for (const auto& id : {queued, sending, deferred, received, leased})
        kept(id);
    CHECK(counted(queue) == 5);
}

TEST_CASE("a participant's own rules go before the usual ones", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    auto own = rules;
    own.of["participant-b"] = {.payload = 50s, .payload_failed = 50s, .record = 60s};
    auto theirs = inbound("theirs");
    theirs.header.recipient = "participant-c";
    theirs.state = State::answered;
    auto ours = inbound("ours");
    ours.state = State::answered;
    REQUIRE(accept(queue, std::move(theirs)));
    REQUIRE(accept(queue, std::move(ours)));
    CHECK(run(queue, 10, own).payloads == 1);
    CHECK(run(queue, 49, own).payloads == 0);
    CHECK(run(queue, 50, own).payloads == 1);
    CHECK(run(queue, 60, own).records == 1);
    CHECK(run(queue, 100, own).records == 1);
}

TEST_CASE("the time of a message begins anew when a late receipt proves it", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const auto id = expired(queue);
    REQUIRE(signal(queue, late_receipt(id)));
    CHECK(run(queue, 100).records == 0);
    CHECK(queue.find(id, queue::Visibility::all())->receipt == "receipt");
    CHECK(run(queue, 195).records == 1);
}

TEST_CASE("a late receipt that comes between look and removal is not removed with it", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const auto id = expired(queue);

    // The writer stands still while the receipt, and then the removal, wait for it.
    std::promise<void> stands;
    std::promise<void> go_on;
    queue.record_refusal(header("b@a"), "", at(1000), [&](const auto&) {
        stands.set_value();
        go_on.get_future().wait();
    });
    stands.get_future().wait(); // or the receipt could be in the same commit
    queue.signal(late_receipt(id), [](const auto&) {});
    std::thread retention([&] { run(queue, 20); });
    while (queue.statistics().waiting < 3)
        std::this_thread::yield();
    go_on.set_value();
    retention.join();
    const auto message = queue.find(id, queue::Visibility::all());
    REQUIRE(message);
    CHECK(message->summary.state == State::delivered);
    CHECK_FALSE(message->payload_gone);
}

TEST_CASE("a refused message is a log row, and goes with the records", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(refuse(store.queue, header("a@a"), "not served", at(0)));
    CHECK(run(store.queue, 99).records == 0);
    CHECK(counted(store.queue) == 1);
    CHECK(run(store.queue, 100).records == 1);
    CHECK(counted(store.queue) == 0);
}

TEST_CASE("a step is bounded, and the next goes on where it ended", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    constexpr std::size_t messages = 450;
    for (std::size_t n = 0; n < messages; ++n) {
        auto message = inbound(std::to_string(n));
        message.state = State::answered;
        message.header.recipient = "participant-" + std::to_string(n % 300);
        REQUIRE(accept(queue, std::move(message)));
    }
    RetentionCursor cursor;
    const auto vain = queue.retain(rules, at(0), cursor); // of 300 participants, none has anything
    REQUIRE(vain);
    CHECK(vain->payloads + vain->records == 0);
    CHECK(vain->more);
    cursor = {};
    Retained all;
    int steps = 0;
    do {
        const auto step = queue.retain(rules, at(100), cursor);
        REQUIRE(step);
        CHECK(step->payloads + step->records <= 100);
        all.add(*step);
        ++steps;
    } while (all.more);
    CHECK(all.payloads == messages);
    CHECK(all.records == messages);
    CHECK(steps >= 9);
    CHECK(counted(queue) == 0);
}

TEST_CASE("large payloads in rows make a step shorter", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    const std::string octets(60'000, 'x');
    for (int n = 0; n < 90; ++n) {
        auto message = inbound(std::to_string(n));
        message.state = State::answered;
        message.parts.clear();
        for (const auto* id : {"one", "two", "three"})
            message.parts.push_back(small_part(octets, id));
        REQUIRE(accept(queue, std::move(message)));
    }
    RetentionCursor cursor;
    const auto first = queue.retain(rules, at(10), cursor);
    REQUIRE(first);
    CHECK(first->payloads < 90);
    CHECK(first->octets < (9u << 20));
    CHECK(first->more);
    auto all = *first; // what was left out is taken up by the same run
    while (all.more) {
        const auto step = queue.retain(rules, at(10), cursor);
        REQUIRE(step);
        all.add(*step);
    }
    CHECK(all.payloads == 90);
}

TEST_CASE("every state that is final has its end in retention, and no other has", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    std::size_t ended = 0;
    for (const auto state : {State::delivered, State::unproven, State::bounced, State::expired}) {
        const auto id = enqueue(queue, outbound(std::string(to_text(state))))->id;
        REQUIRE(claim(queue, claim_by("owner", 0)));
        REQUIRE(settle(queue, "owner", {.id = id, .state = state, .at = at(0)}));
        ++ended;
    }
    auto answered = inbound("answered");
    answered.state = State::answered;
    REQUIRE(accept(queue, std::move(answered)));
    REQUIRE(refuse(queue, header("refused@a"), "not served", at(0)));
    REQUIRE(accept(queue, inbound("acknowledged")));
    const auto items = lease(queue, lease_of("participant-b", 0));
    REQUIRE(items->size() == 1);
    REQUIRE(acknowledge(queue, items->front().id, items->front().lease, "participant-b"));
    ended += 3;
    std::size_t final_states = 0;
    for (int value = 0; value <= static_cast<int>(State::answered); ++value)
        final_states += is_final(static_cast<State>(value)) ? 1 : 0;
    CHECK(final_states == ended); // a new one must be kept for a time, too
    CHECK(run(queue, 100 + 100).records == ended);
}

TEST_CASE("what retention leaves behind when it dies between commit and file is swept", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        delivered(store.queue, "a", 0);
        // The file as it would be: no row names it any more.
        const auto name = *payload_files(folder.path()).begin();
        const auto kept = base::read_file(folder.path() / "payloads" / name, 1 << 20);
        CHECK(run(store.queue, 10).files == 1);
        REQUIRE(base::replace_file(folder.path() / "payloads" / name, *kept));
    }
    const Opened store(folder.path());
    CHECK(payload_files(folder.path()).empty());
}

TEST_CASE("what ends while the clock is set back is not older than it was when it came", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    constexpr std::int64_t came = 1000;
    constexpr std::int64_t set_back = 500;
    const auto kept = [&](const std::string& id) {
        CHECK(run(queue, came + 9).payloads == 0);
        const auto message = queue.find(id, queue::Visibility::all());
        REQUIRE(message);
        CHECK(message->summary.changed == at(came));
        CHECK(run(queue, came + 10).payloads == 1);
        CHECK(run(queue, came + 99).records == 0);
        CHECK(run(queue, came + 100).records == 1);
    };
    SECTION("sent")
    {
        const auto id = enqueue(queue, outbound("a", at(came)))->id;
        auto wanted = claim_by("owner", came);
        wanted.at = at(set_back); // as recorded
        REQUIRE(claim(queue, wanted)->size() == 1);
        REQUIRE(settle(queue, "owner", {.id = id, .state = State::delivered, .at = at(set_back)}));
        kept(id);
    }
    SECTION("proven by a signal")
    {
        const auto id = enqueue(queue, outbound("a", at(came)))->id;
        auto receipt = late_receipt(id);
        receipt.at = at(set_back);
        REQUIRE(signal(queue, receipt));
        kept(id);
    }
    SECTION("fetched")
    {
        auto message = inbound("a");
        message.received = at(came);
        REQUIRE(accept(queue, std::move(message)));
        const auto items = lease(queue, lease_of("participant-b", set_back));
        REQUIRE(items->size() == 1);
        REQUIRE(acknowledge(queue, items->front().id, items->front().lease, "participant-b"));
        kept(items->front().id);
    }
}
