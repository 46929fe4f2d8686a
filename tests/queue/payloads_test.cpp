// SPDX-License-Identifier: Apache-2.0
#include "queue/payloads.hpp"

#include "opened.hpp"

#include <fstream>

using namespace queue;

namespace {

std::size_t files_in(const base::Path& folder)
{
    const auto names = base::list_folder(folder);
    REQUIRE(names);
    return names->size();
}

std::string read_all(const base::Content& content)
{
    auto reader = base::ContentReader::open(content);
    REQUIRE(reader);
    std::string all;
    while (true) {
        const auto piece = reader->read();
        REQUIRE(piece);
        if (piece->empty()) return all;
        all += *piece;
    }
}

const std::string large(100'000, 'x');

Outbound with_large_part(Queue& queue, const std::string& name)
{
    auto message = outbound(name);
    message.parts.push_back(large_part(queue, large + name));
    return message;
}

} // namespace

TEST_CASE("a large part becomes a file of its own, a small one stays in its row", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
    CHECK(files_in(folder.path() / "payloads") == 1);
    CHECK(files_in(folder.path() / "spool") == 0);
    CHECK_FALSE(store.queue.payload("id-one", 0, queue::Visibility::all())->in_file());
    const auto content = store.queue.payload("id-one", 1, queue::Visibility::all());
    REQUIRE(content);
    CHECK(content->in_file());
    CHECK(content->size() == large.size() + 3);
    CHECK(read_all(*content) == large + "one");
    CHECK(
        store.queue.find("id-one", queue::Visibility::all())->parts[1].stored_size ==
        large.size() + 3
    );
}

TEST_CASE("a spool file that fits into a row goes there", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto message = outbound("one");
    message.parts.push_back(large_part(store.queue, "short"));
    REQUIRE(enqueue(store.queue, std::move(message)));
    CHECK(files_in(folder.path() / "payloads") == 0);
    CHECK(files_in(folder.path() / "spool") == 0);
    CHECK(store.queue.payload("id-one", 1, queue::Visibility::all())->memory() == "short");
}

TEST_CASE("the file of a message that was not kept goes", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    const auto payloads = folder.path() / "payloads";
    SECTION("the same submission again")
    {
        REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
        CHECK(enqueue(store.queue, with_large_part(store.queue, "one"))->existed);
    }
    SECTION("a conflict")
    {
        REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
        auto other = with_large_part(store.queue, "one");
        other.content_sha256 = "other";
        CHECK_FALSE(enqueue(store.queue, std::move(other)));
    }
    SECTION("a MessageId that was used, found only by the constraint")
    {
        REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
        auto other = with_large_part(store.queue, "two");
        other.header.message_id = "one@a";
        CHECK_FALSE(enqueue(store.queue, std::move(other)));
    }
    SECTION("a repeat")
    {
        for (const auto kind : {Accepted::Kind::first, Accepted::Kind::repeat}) {
            auto message = inbound("one");
            message.parts.push_back(large_part(store.queue, large));
            CHECK(accept(store.queue, std::move(message))->kind == kind);
        }
    }
    store.queue.close(); // the file goes on the writer's thread
    CHECK(files_in(payloads) == 1);
}

TEST_CASE("opening removes files that nothing names and keeps those that rows name", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
    }
    std::ofstream(folder.path() / "payloads" / base::uuid()) << "left by a crash";
    std::ofstream(folder.path() / "spool" / base::uuid()) << "left by a crash";
    Opened store(folder.path());
    CHECK(files_in(folder.path() / "payloads") == 1);
    CHECK(files_in(folder.path() / "spool") == 0);
    CHECK(read_all(*store.queue.payload("id-one", 1, queue::Visibility::all())) == large + "one");
}

TEST_CASE("a store whose database is gone keeps its payloads and does not begin empty", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, with_large_part(store.queue, "one")));
    }
    const auto database = folder.path() / "kurir.db";
    std::filesystem::rename(database, folder.path() / "away");
    CHECK(Queue::open({.folder = folder.path()}, {}).error().code == errc::damaged);
    CHECK(files_in(folder.path() / "payloads") == 1);
    std::filesystem::rename(folder.path() / "away", database);
    Opened store(folder.path());
    CHECK(read_all(*store.queue.payload("id-one", 1, queue::Visibility::all())) == large + "one");
}

TEST_CASE("the names of payload files are those of one run", "[queue]")
{
    PayloadFolder one("payloads");
    const PayloadFolder other("payloads");
    const auto first = one.new_name();
    const auto second = one.new_name();
    CHECK(first < second);
    CHECK(first.size() == second.size());
    CHECK(one.is_of_this_run(first));
    CHECK_FALSE(other.is_of_this_run(first));
}

TEST_CASE("a message whose large part cannot be made durable is not kept", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto message = with_large_part(store.queue, "one");
    std::filesystem::remove(folder.path() / "payloads");
    CHECK_FALSE(enqueue(store.queue, std::move(message)));
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->empty());
    CHECK(enqueue(store.queue, outbound("two")));
    CHECK(store.lost == 0);
}
