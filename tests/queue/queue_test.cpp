// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include "queue/schema.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace queue;

namespace {

base::Result<Queue> open(const base::Path& folder)
{
    return Queue::open({.folder = folder}, [](const base::Error&) {});
}

} // namespace

TEST_CASE("what was kept is there after closing and opening", "[queue]")
{
    const support::TemporaryFolder folder;
    std::string item;
    {
        Opened store(folder.path());
        REQUIRE(enqueue(store.queue, outbound("one")));
        item = accept(store.queue, inbound("one"))->id;
    }
    Opened store(folder.path());
    CHECK(
        claim(store.queue, claim_by("a", 1))->front().sealed == std::string("sealed\0", 7) + "one"
    );
    CHECK(lease(store.queue, lease_of("participant-b", 1))->front().id == item);
    CHECK(enqueue(store.queue, outbound("one"))->existed);
    CHECK(accept(store.queue, inbound("one"))->kind == Accepted::Kind::repeat);
}

TEST_CASE("a folder has one owner", "[queue]")
{
    const support::TemporaryFolder folder;
    const Opened store(folder.path());
    CHECK(open(folder.path()).error().code == base::errc::locked);
}

TEST_CASE("the store is readable by its owner alone", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    for (const auto* name : {"kurir.db", "kurir.db-wal"}) {
        struct stat status {};
        REQUIRE(::stat((folder.path() / name).c_str(), &status) == 0);
        CHECK((status.st_mode & 077) == 0);
    }
}

TEST_CASE("a store of a newer version is not opened", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        const Opened store(folder.path());
    }
    {
        auto database =
            Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(database->script(
            ("PRAGMA user_version = " + std::to_string(schema_version + 1)).c_str()
        ));
    }
    CHECK(open(folder.path()).error().code == errc::newer_schema);
}

TEST_CASE("a file that is no database is reported as damage, not overwritten", "[queue]")
{
    const support::TemporaryFolder folder;
    const std::string text(10'000, 'x');
    std::ofstream(folder.path() / "kurir.db") << text;
    CHECK(open(folder.path()).error().code == errc::damaged);
    CHECK(*base::read_file(folder.path() / "kurir.db", 20'000) == text);
}

TEST_CASE("a database of something else is reported as damage", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto* script =
        GENERATE("CREATE TABLE t (a)", "PRAGMA user_version = 1", "PRAGMA user_version = -1");
    {
        auto database =
            Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(database->script(script));
    }
    CHECK(open(folder.path()).error().code == errc::damaged);
}

TEST_CASE("a path that cannot hold a store is an error", "[queue]")
{
    const support::TemporaryFolder folder;
    SECTION("the folder is a file")
    {
        std::ofstream(folder.path() / "file") << "x";
        CHECK_FALSE(open(folder.path() / "file"));
    }
    SECTION("the database is a folder")
    {
        std::filesystem::create_directory(folder.path() / "kurir.db");
        CHECK(open(folder.path()).error().code == errc::failed);
    }
}

TEST_CASE("closing finishes what waits, and nothing is taken after it", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    std::atomic<int> kept = 0;
    for (int n = 0; n < 1000; ++n)
        store.queue.enqueue(outbound(std::to_string(n)), [&](const auto& done) {
            kept += done ? 1 : 0;
        });
    store.queue.close();
    CHECK(kept == 1000);
    CHECK(enqueue(store.queue, outbound("late")).error().code == errc::stopped);
    CHECK(store.queue.list({}).error().code == errc::stopped);
    CHECK(store.lost == 0);
}

TEST_CASE(
    "a store that cannot be written any more is lost once, and says so to everybody", "[queue]"
)
{
    const support::TemporaryFolder folder;
    // In a process of its own, for the limit on files stays. Each exit code names what went wrong.
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::atomic<int> lost = 0;
        auto queue = Queue::open({.folder = folder.path()}, [&](const base::Error&) { ++lost; });
        if (!queue) ::_exit(2);
        if (!enqueue(*queue, outbound("before"))) ::_exit(3);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = 400'000, .rlim_max = 400'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto big = outbound("big");
        big.sealed.assign(1'000'000, 'x');
        if (enqueue(*queue, std::move(big)).error().code != errc::failed) ::_exit(4);
        if (enqueue(*queue, outbound("after")).error().code != errc::failed) ::_exit(5);
        if (lost != 1) ::_exit(6);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    // What was said to be kept before is there.
    Opened store(folder.path());
    CHECK(store.queue.list({})->size() == 1);
}
