// SPDX-License-Identifier: Apache-2.0
// What a message is that comes again: the same, the same signed anew, another under its id.
#include "opened.hpp"
#include "queue/sqlite.hpp"

using namespace queue;

namespace {

std::vector<std::string> event_names(Queue& queue, const std::string& id)
{
    const auto message = queue.find(id, queue::Visibility::all());
    REQUIRE(message);
    std::vector<std::string> names;
    for (const auto& event : message->events)
        names.push_back(event.name);
    return names;
}

} // namespace

TEST_CASE("the same signed form again gets the first receipt's octets", "[queue][AS4 5.1.8]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto first = accept(store.queue, inbound("one"));
    auto again = inbound("one");
    again.receipt = "another receipt";
    const auto repeat = accept(store.queue, std::move(again));
    REQUIRE(repeat);
    CHECK(repeat->kind == Accepted::Kind::repeat);
    CHECK(repeat->id == first->id);
    CHECK(repeat->receipt == "receipt for form 1");
    CHECK(event_names(store.queue, first->id) == std::vector<std::string>{"received", "repeat"});
    CHECK(lease(store.queue, lease_of("participant-b", 1))->size() == 1);
}

TEST_CASE("the same content signed anew gets its own receipt, kept beside the first", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto first = accept(store.queue, inbound("one"));
    const auto re_signed = accept(store.queue, inbound("one", "form 2"));
    REQUIRE(re_signed);
    CHECK(re_signed->kind == Accepted::Kind::re_signed);
    CHECK(re_signed->id == first->id);
    CHECK(re_signed->receipt == "receipt for form 2");

    auto third = inbound("one", "form 2");
    third.receipt = "another receipt";
    const auto repeat = accept(store.queue, std::move(third));
    CHECK(repeat->kind == Accepted::Kind::repeat);
    CHECK(repeat->receipt == "receipt for form 2");
    CHECK(accept(store.queue, inbound("one"))->receipt == "receipt for form 1");
    CHECK(store.queue.find(first->id, queue::Visibility::all())->receipt == "receipt for form 1");
    CHECK(lease(store.queue, lease_of("participant-b", 1))->size() == 1);
}

TEST_CASE("a header built again with a new ConversationId is the same content", "[queue][TA10]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    auto again = inbound("one", "form 2");
    again.header.conversation_id = "drawn anew";
    CHECK(accept(store.queue, std::move(again))->kind == Accepted::Kind::re_signed);
    // The first form's is what the message service is told.
    const auto items = lease(store.queue, lease_of("participant-b", 1));
    CHECK(items->at(0).header.conversation_id == "conversation");
}

TEST_CASE("a peer that repeats itself without end does not fill the store", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto first = accept(store.queue, inbound("one"));
    const auto count = [&](const std::string& sql) {
        auto database =
            Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
        auto rows = database->query(sql);
        REQUIRE(rows.next());
        return rows.integer(0);
    };
    for (int form = 2; form < 60; ++form) {
        const auto name = "form " + std::to_string(form);
        const auto given = accept(store.queue, inbound("one", name));
        CHECK(given->kind == Accepted::Kind::re_signed);
        CHECK(given->receipt == "receipt for " + name); // given, though not kept for ever
        REQUIRE(accept(store.queue, inbound("one")));
        auto other = inbound("one", "other " + name);
        other.header.action = "other";
        CHECK(accept(store.queue, std::move(other))->kind == Accepted::Kind::conflicting);
    }
    CHECK(count("SELECT count(*) FROM receipt") == 16);
    CHECK(count("SELECT count(*) FROM event WHERE name = 'repeat'") == 100);
    CHECK(count("SELECT count(*) FROM event WHERE name = 'conflicting'") == 58);
    CHECK(accept(store.queue, inbound("one"))->receipt == "receipt for form 1");
    CHECK(accept(store.queue, inbound("one", "form 16"))->kind == Accepted::Kind::repeat);
    CHECK(accept(store.queue, inbound("one", "form 17"))->kind == Accepted::Kind::re_signed);
}

TEST_CASE("the order of parts does not make other content", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto first = inbound("one");
    first.parts.push_back(small_part("second", "second"));
    REQUIRE(accept(store.queue, std::move(first)));
    auto again = inbound("one", "form 2");
    again.parts.insert(again.parts.begin(), small_part("second", "second"));
    CHECK(accept(store.queue, std::move(again))->kind == Accepted::Kind::re_signed);
}

TEST_CASE("the same MessageId with anything else in it is refused and noted", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto first = accept(store.queue, inbound("one"));
    auto other = inbound("one", "form 2");
    SECTION("another payload")
    {
        other.parts[0].part.sha256 = "other";
    }
    SECTION("another Content-ID")
    {
        other.parts[0].part.content_id = "other";
    }
    SECTION("one part more")
    {
        other.parts.push_back(small_part("more", "more"));
    }
    SECTION("the part twice")
    {
        other.parts.push_back(small_part("octets of one"));
    }
    SECTION("no part")
    {
        other.parts.clear();
    }
    SECTION("another service")
    {
        other.header.service = "other";
    }
    SECTION("another action")
    {
        other.header.action = "other";
    }
    SECTION("another recipient")
    {
        other.header.recipient = "other";
    }
    SECTION("another original sender")
    {
        other.header.sender = "other";
    }
    SECTION("another party it is for")
    {
        other.header.to_party = "other";
    }
    SECTION("another MIME type")
    {
        other.parts[0].part.mime_type = "text/plain";
    }
    SECTION("another character set")
    {
        other.parts[0].part.character_set = "utf-16";
    }
    SECTION("uncompressed")
    {
        other.parts[0].part.compressed = false;
    }
    const auto conflicting = accept(store.queue, std::move(other));
    REQUIRE(conflicting);
    CHECK(conflicting->kind == Accepted::Kind::conflicting);
    CHECK(conflicting->receipt.empty());
    CHECK(
        event_names(store.queue, first->id) == std::vector<std::string>{"received", "conflicting"}
    );
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->size() == 1);
}

TEST_CASE("the same MessageId from another party is another message", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(accept(store.queue, inbound("one")));
    auto other = inbound("one", "form 2");
    other.header.from_party = "party-c";
    CHECK(accept(store.queue, std::move(other))->kind == Accepted::Kind::first);
}

TEST_CASE("a message sent to ourselves is both outbound and inbound", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    CHECK(accept(store.queue, inbound("one"))->kind == Accepted::Kind::first);
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->size() == 2);
}

TEST_CASE("a refused message leaves a row, and a good one may follow", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(refuse(store.queue, header("one@a"), "NOT_SERVICED", at(1)));
    REQUIRE(refuse(store.queue, header("one@a"), "NOT_SERVICED", at(2)));
    CHECK(lease(store.queue, lease_of("participant-b", 5))->empty());
    CHECK(accept(store.queue, inbound("one"))->kind == Accepted::Kind::first);
    REQUIRE(refuse(store.queue, header("one@a"), "conflicting", at(3)));
    const auto refused =
        store.queue.list({.visibility = queue::Visibility::all(), .state = State::refused});
    REQUIRE(refused->size() == 3);
    CHECK(refused->back().last_error == "NOT_SERVICED");
    CHECK(event_names(store.queue, refused->back().id) == std::vector<std::string>{"refused"});
    CHECK(
        acknowledge(store.queue, refused->back().id, "", "participant-b").error().code ==
        errc::not_found
    );
}
