// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include <thread>

using namespace queue;

TEST_CASE("the sender sees what goes out, the recipient what came in, the operator all", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("out")));
    const auto in = accept(store.queue, inbound("in"))->id;

    CHECK(store.queue.find("id-out", Visibility::of({"participant-a"})));
    CHECK(store.queue.find("id-out", Visibility::of({"other", "participant-a"})));
    CHECK(store.queue.find("id-out", queue::Visibility::all()));
    CHECK(
        store.queue.find("id-out", Visibility::of({"participant-b"})).error().code ==
        errc::not_found
    );
    CHECK(
        store.queue.payload("id-out", 0, Visibility::of({"participant-b"})).error().code ==
        errc::not_found
    );
    CHECK(store.queue.find(in, Visibility::of({"participant-b"})));
    CHECK(store.queue.find(in, Visibility::of({"participant-a"})).error().code == errc::not_found);
    CHECK(
        store.queue.payload(in, 0, Visibility::of({"participant-a"})).error().code ==
        errc::not_found
    );
    CHECK(store.queue.find("id-none", queue::Visibility::all()).error().code == errc::not_found);
    CHECK(store.queue.payload(in, 1, queue::Visibility::all()).error().code == errc::not_found);
}

TEST_CASE("each change leaves an event with a higher number", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    REQUIRE(claim(store.queue, claim_by("a", 1))->size() == 1);
    REQUIRE(settle(
        store.queue, "a",
        {.id = "id-one",
         .state = State::bounced,
         .at = at(2),
         .attempt = {.started = at(1), .error = "EBMS:0004"}}
    ));
    const auto message = store.queue.find("id-one", queue::Visibility::all());
    REQUIRE(message->events.size() == 3);
    CHECK(message->events[0].name == "submitted");
    CHECK(message->events[0].at == at(0));
    CHECK(message->events[1].name == "sending");
    CHECK(message->events[2].name == "bounced");
    CHECK(message->events[2].detail == "EBMS:0004");
    CHECK(message->events[0].sequence < message->events[1].sequence);
    CHECK(message->events[1].sequence < message->events[2].sequence);
}

TEST_CASE("many readers read while the writer writes", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    std::atomic<bool> wrong = false;
    std::vector<std::thread> readers;
    for (int n = 0; n < 12; ++n)
        readers.emplace_back([&] {
            for (int i = 0; i < 20; ++i) {
                const auto page = store.queue.list({.visibility = queue::Visibility::all()});
                if (!page) wrong = true;
                if (page && !page->empty() &&
                    !store.queue.find(page->front().id, queue::Visibility::all()))
                    wrong = true;
            }
        });
    for (int n = 0; n < 100; ++n)
        if (!enqueue(store.queue, outbound(std::to_string(n)))) wrong = true;
    for (auto& reader : readers)
        reader.join();
    CHECK_FALSE(wrong);
    CHECK(store.lost == 0);
}
