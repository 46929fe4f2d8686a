// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include <algorithm>
#include <functional>

using namespace queue;

namespace {

std::vector<std::string> message_ids(Queue& queue, const Filter& filter)
{
    const auto found = queue.list(filter);
    REQUIRE(found);
    std::vector<std::string> ids;
    for (const auto& summary : *found)
        ids.push_back(summary.header.message_id);
    return ids;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("a list is filtered by direction, state and MessageId", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(enqueue(store.queue, outbound("two", at(50))));
    REQUIRE(accept(store.queue, inbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);

    CHECK(
        message_ids(store.queue, {.visibility = Visibility::all()}) ==
        Ids{"one@a", "two@a", "one@a"}
    );
    CHECK(
        message_ids(
            store.queue, {.visibility = Visibility::all(), .direction = Direction::outbound}
        ) == Ids{"two@a", "one@a"}
    );
    CHECK(
        message_ids(store.queue, {.visibility = Visibility::all(), .state = State::sending}) ==
        Ids{"one@a"}
    );
    CHECK(message_ids(
              store.queue, {.visibility = Visibility::all(),
                            .direction = Direction::inbound,
                            .state = State::sending}
    )
              .empty());
    CHECK(
        message_ids(
            store.queue, {.visibility = Visibility::of({"participant-a"}), .state = State::queued}
        ) == Ids{"two@a"}
    );
    CHECK(
        store.queue.list({.visibility = queue::Visibility::all(), .message_id = "one@a"})->size() ==
        2
    );
    CHECK(
        store.queue
            .list(
                {.visibility = queue::Visibility::all(),
                 .direction = Direction::inbound,
                 .message_id = "one@a"}
            )
            ->size() == 1
    );
    CHECK(store.queue
              .list(
                  {.visibility = queue::Visibility::all(),
                   .state = State::queued,
                   .message_id = "one@a"}
              )
              ->empty());
    CHECK(
        store.queue.list({.visibility = Visibility::of({"participant-b"}), .message_id = "one@a"})
            ->size() == 1
    );
    CHECK(
        store.queue.list({.visibility = queue::Visibility::all(), .message_id = "none@a"})->empty()
    );
}

TEST_CASE("what was refused under a MessageId is listed with the message of that id", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(refuse(store.queue, header("one@a"), "not served", at(4)));
    REQUIRE(accept(store.queue, inbound("one")));
    REQUIRE(refuse(store.queue, header("one@a"), "not served", at(5)));
    REQUIRE(refuse(store.queue, header("one@a"), "not served", at(6)));
    const auto all =
        store.queue.list({.visibility = queue::Visibility::all(), .message_id = "one@a"});
    REQUIRE(all->size() == 5);
    CHECK(std::ranges::is_sorted(*all, std::greater(), &Summary::sequence));
    CHECK(all->front().state == State::refused);
    const auto older = store.queue.list(
        {.visibility = queue::Visibility::all(),
         .message_id = "one@a",
         .before = (*all)[0].sequence,
         .limit = 2}
    );
    REQUIRE(older->size() == 2);
    CHECK((*older)[0].id == (*all)[1].id);
    CHECK((*older)[1].id == (*all)[2].id);
    CHECK(
        store.queue
            .list(
                {.visibility = queue::Visibility::all(),
                 .state = State::refused,
                 .message_id = "one@a"}
            )
            ->size() == 3
    );
}

TEST_CASE("pages follow each other without gap or overlap, newest first", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (int n = 0; n < 25; ++n) {
        if (n % 3 == 0)
            REQUIRE(accept(store.queue, inbound(std::to_string(n))));
        else
            REQUIRE(enqueue(store.queue, outbound(std::to_string(n))));
    }
    REQUIRE(claim(store.queue, claim_by("a", 1, 5))->size() == 5);
    const auto visibility =
        GENERATE(Visibility::all(), Visibility::of({"participant-a", "participant-b"}));
    Filter filter{.visibility = visibility, .limit = 7};
    std::vector<std::uint64_t> seen;
    while (true) {
        const auto page = store.queue.list(filter);
        REQUIRE(page);
        if (page->empty()) break;
        CHECK(page->size() <= 7);
        for (const auto& summary : *page)
            seen.push_back(summary.sequence);
        filter.before = seen.back();
    }
    CHECK(seen.size() == 25);
    CHECK(std::is_sorted(seen.begin(), seen.end(), std::greater_equal<>()));
    CHECK(store.queue.list({.visibility = queue::Visibility::all(), .limit = 0})->empty());
}

TEST_CASE("a page has at most 500 rows whatever is asked", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    for (int n = 0; n < 510; ++n)
        store.queue.enqueue(outbound(std::to_string(n)), [](const auto&) {});
    REQUIRE(enqueue(store.queue, outbound("last")));
    CHECK(
        store.queue.list({.visibility = queue::Visibility::all(), .limit = 100'000})->size() == 500
    );
}

TEST_CASE("counts tell the states and since when something waits", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    CHECK_FALSE(store.queue.counts()->oldest_waiting);
    REQUIRE(enqueue(store.queue, outbound("one", at(10))));
    REQUIRE(enqueue(store.queue, outbound("two", at(20))));
    REQUIRE(accept(store.queue, inbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 10))->size() == 1);
    const auto counts = store.queue.counts();
    REQUIRE(counts);
    CHECK(counts->oldest_waiting == at(20));
    // The state that the claimed one left counts one less, and none is shown with 0.
    std::uint64_t sum = 0;
    for (const auto& [state, count] : counts->by_state) {
        CHECK(count == 1);
        CHECK((state == State::queued || state == State::sending || state == State::received));
        sum += count;
    }
    CHECK(sum == 3);
}

TEST_CASE("a list shows a client its own participants' messages", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("out")));
    REQUIRE(accept(store.queue, inbound("in")));
    CHECK(
        message_ids(store.queue, {.visibility = Visibility::of({"participant-a"})}) == Ids{"out@a"}
    );
    CHECK(
        message_ids(store.queue, {.visibility = Visibility::of({"participant-b"})}) == Ids{"in@a"}
    );
    CHECK(
        message_ids(
            store.queue, {.visibility = Visibility::of({"participant-a", "participant-b"})}
        ) == Ids{"in@a", "out@a"}
    );
    CHECK(message_ids(store.queue, {.visibility = Visibility::of({"other"})}).empty());
}

TEST_CASE("every state can be listed by its name, in its direction", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto ping = inbound("one");
    ping.state = State::answered;
    REQUIRE(accept(store.queue, std::move(ping)));
    CHECK(
        store.queue.list({.visibility = queue::Visibility::all(), .state = State::answered})
            ->size() == 1
    );
    CHECK(
        store.queue.list({.visibility = queue::Visibility::all(), .direction = Direction::inbound})
            ->size() == 1
    );
    CHECK(store.queue.list({.visibility = Visibility::of({"participant-b"})})->size() == 1);
}
