// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

using namespace queue;

TEST_CASE("a received message becomes one inbox item with everything it came with", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto accepted = accept(store.queue, inbound("one"));
    REQUIRE(accepted);
    CHECK(accepted->kind == Accepted::Kind::first);
    CHECK(accepted->receipt == "receipt for form 1");

    const auto items = lease(store.queue, lease_of("participant-b", 5));
    REQUIRE(items->size() == 1);
    const auto& item = items->front();
    CHECK(item.id == accepted->id);
    CHECK(item.header.message_id == "one@a");
    CHECK(item.received == at(0));
    CHECK(item.lease_until == at(65));
    CHECK(item.delivery_count == 1);
    REQUIRE(item.parts.size() == 1);
    CHECK(
        store.queue.payload(item.id, 0, Visibility::of({"participant-b"}))->memory() ==
        "octets of one"
    );
    const auto message = store.queue.find(item.id, Visibility::of({"participant-b"}));
    CHECK(message->receipt == "receipt for form 1");
    CHECK(message->receipt_id == "receipt-one");
    CHECK(message->receipt_signer == "signer");
    CHECK(message->lease == item.lease);
}

TEST_CASE("what is leased is not handed out again before the lease lapses", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    const auto first = lease(store.queue, lease_of("participant-b", 0));
    CHECK(lease(store.queue, lease_of("participant-b", 59))->empty());
    const auto second = lease(store.queue, lease_of("participant-b", 60));
    REQUIRE(second->size() == 1);
    CHECK(second->front().delivery_count == 2);
    CHECK(second->front().lease != first->front().lease);
    // The first lessee is too late.
    const auto& id = second->front().id;
    CHECK(
        acknowledge(store.queue, id, first->front().lease, "participant-b").error().code ==
        errc::wrong_state
    );
    CHECK(acknowledge(store.queue, id, second->front().lease, "participant-b"));
}

TEST_CASE("a clock that is set back makes no lease longer, and none shorter", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    const auto ahead = lease(store.queue, lease_of("participant-b", 10'000))->front();
    CHECK(lease(store.queue, lease_of("participant-b", 100))->empty());
    CHECK(lease(store.queue, lease_of("participant-b", 159))->empty());
    const auto again = lease(store.queue, lease_of("participant-b", 160));
    REQUIRE(again->size() == 1);
    CHECK(again->front().id == ahead.id);
    CHECK(again->front().delivery_count == 2);
}

TEST_CASE("that holds for each participant that asks", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const auto* name : {"one", "two"}) {
        auto message = inbound(name);
        message.header.recipient = std::string("participant-") + name;
        REQUIRE(accept(store.queue, std::move(message)));
    }
    auto both = lease_of("participant-one", 10'000);
    both.participants.emplace_back("participant-two");
    REQUIRE(lease(store.queue, both)->size() == 2);
    both.now = at(100);
    CHECK(lease(store.queue, both)->empty());
    both.now = at(160);
    CHECK(lease(store.queue, both)->size() == 2);
}

TEST_CASE("what waits for the writer is counted with its octets", "[queue]")
{
    const support::TemporaryFolder folder;
    std::promise<void> go_on; // the writer waits for it, and ends with the store
    Opened store(folder.path());
    auto& queue = store.queue;
    queue.record_refusal(header("held@a"), "", at(0), [&](const auto&) {
        go_on.get_future().wait();
    });
    const std::string octets(10'000, 'x');
    auto received = inbound("one");
    received.parts.push_back(small_part(octets, "more"));
    queue.accept(std::move(received), [](const auto&) {});
    const auto once = queue.statistics().waiting_octets;
    CHECK(once >= octets.size());
    auto submitted = outbound("two");
    submitted.parts.push_back(small_part(octets, "more"));
    queue.enqueue(std::move(submitted), [](const auto&) {});
    CHECK(queue.statistics().waiting_octets >= once + octets.size());
    go_on.set_value();
}

TEST_CASE("an acknowledged item is never handed out again and may be acknowledged again", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    const auto item = lease(store.queue, lease_of("participant-b", 0))->front();
    REQUIRE(acknowledge(store.queue, item.id, item.lease, "participant-b"));
    const auto once = store.queue.find(item.id, queue::Visibility::all())->events.size();
    CHECK(acknowledge(store.queue, item.id, item.lease, "participant-b"));
    CHECK(
        store.queue.find(item.id, queue::Visibility::all())->events.size() == once
    ); // its time runs from the first
    CHECK(
        acknowledge(store.queue, item.id, "other", "participant-b").error().code ==
        errc::wrong_state
    );
    CHECK(lease(store.queue, lease_of("participant-b", 10'000))->empty());
    CHECK(
        store.queue.find(item.id, queue::Visibility::all())->summary.state == State::acknowledged
    );
    CHECK(store.queue.payload(item.id, 0, queue::Visibility::all())->memory() == "octets of one");
    // A repeat after the acknowledgement is not delivered either.
    CHECK(accept(store.queue, inbound("one"))->kind == Accepted::Kind::repeat);
    CHECK(lease(store.queue, lease_of("participant-b", 10'000))->empty());
}

TEST_CASE("an acknowledgement is taken however much waits for the writer", "[queue]")
{
    const support::TemporaryFolder folder;
    InboxItem item;
    {
        Opened store(folder.path());
        REQUIRE(accept(store.queue, inbound("one")));
        item = lease(store.queue, lease_of("participant-b", 0))->front();
    }
    auto full = Queue::open({.folder = folder.path(), .waiting_limit = 0}, {});
    REQUIRE(full);
    CHECK(accept(*full, inbound("two")).error().code == errc::stopped);
    CHECK(acknowledge(*full, item.id, item.lease, "participant-b"));
}

TEST_CASE("a lapsed lease that nobody else got still counts", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    const auto item = lease(store.queue, lease_of("participant-b", 0))->front();
    CHECK(acknowledge(store.queue, item.id, item.lease, "participant-b")); // at 100, lapsed at 60
}

TEST_CASE("without a lease nothing is acknowledged", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto accepted = accept(store.queue, inbound("one"));
    CHECK(
        acknowledge(store.queue, accepted->id, "", "participant-b").error().code ==
        errc::wrong_state
    );
    CHECK(
        acknowledge(store.queue, accepted->id, "guess", "participant-b").error().code ==
        errc::wrong_state
    );
    CHECK(
        acknowledge(store.queue, "id-none", "guess", "participant-b").error().code ==
        errc::not_found
    );
    const auto sent = enqueue(store.queue, outbound("two"));
    CHECK(acknowledge(store.queue, sent->id, "", "participant-a").error().code == errc::not_found);
}

TEST_CASE("an inbox is its participant's alone", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    CHECK(lease(store.queue, lease_of("participant-a", 0))->empty());
    auto nobody = lease_of("", 0);
    nobody.participants.clear();
    CHECK(lease(store.queue, nobody)->empty());
    const auto item = lease(store.queue, lease_of("participant-b", 0))->front();
    CHECK(
        acknowledge(store.queue, item.id, item.lease, "participant-a").error().code ==
        errc::not_found
    );
    // Nor what lapses there.
    CHECK(lease(store.queue, lease_of("participant-a", 1000))->empty());
    CHECK(lease(store.queue, lease_of("participant-b", 1000))->size() == 1);
    const auto none = wait_for<void>([&](auto done) {
        store.queue.acknowledge(item.id, item.lease, Visibility::of({}), at(1), done);
    });
    CHECK(none.error().code == errc::not_found);
}

TEST_CASE("the oldest items are leased first, lapsed ones among them", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (const auto* name : {"1", "2", "3", "4"})
        REQUIRE(accept(store.queue, inbound(name)));
    auto both = lease_of("participant-b", 0, 2);
    both.participants = {"participant-b", "participant-a", "participant-b"};
    const auto first = lease(store.queue, both);
    REQUIRE(first->size() == 2);
    CHECK(first->at(0).header.message_id == "1@a");
    CHECK(first->at(1).header.message_id == "2@a");
    REQUIRE(acknowledge(store.queue, first->at(0).id, first->at(0).lease, "participant-b"));
    const auto second = lease(store.queue, lease_of("participant-b", 60, 2));
    REQUIRE(second->size() == 2);
    CHECK(second->at(0).header.message_id == "2@a");
    CHECK(second->at(0).delivery_count == 2);
    CHECK(second->at(1).header.message_id == "3@a");
}

TEST_CASE("an answered message is kept with its receipt and handed to nobody", "[queue][TA17]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto ping = inbound("one");
    ping.state = State::answered;
    ping.parts.clear();
    const auto again = [&] {
        auto message = inbound("one");
        message.state = State::answered;
        message.parts.clear();
        return message;
    };
    REQUIRE(accept(store.queue, std::move(ping))->kind == Accepted::Kind::first);
    CHECK(lease(store.queue, lease_of("participant-b", 5))->empty());
    const auto repeat = accept(store.queue, again());
    CHECK(repeat->kind == Accepted::Kind::repeat);
    CHECK(repeat->receipt == "receipt for form 1");
    const auto kept = store.queue.find(repeat->id, queue::Visibility::all());
    REQUIRE(kept);
    CHECK(kept->summary.state == State::answered);
    CHECK(is_final(kept->summary.state));
    CHECK(kept->envelope == "envelope");
    CHECK(
        acknowledge(store.queue, repeat->id, "", "participant-b").error().code == errc::wrong_state
    );
}

TEST_CASE("an item comes with the envelope it was received in", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    CHECK(lease(store.queue, lease_of("participant-b", 5))->front().envelope == "envelope");
}
