// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include "queue/schema.hpp"
#include "support/disk.hpp"
#include "support/stderr_capture.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <future>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace queue;

namespace {

base::Result<Queue> open(const base::Path& folder)
{
    return Queue::open({.folder = folder}, [](const base::Error&) {});
}

// Refuses each open() of SQLite as a process without free file descriptors does. A real limit would
// also stop the undefined-behaviour sanitizer, which opens a pipe to look at an object's type.
class NoDescriptors {
public:
    NoDescriptors() { replace(reinterpret_cast<sqlite3_syscall_ptr>(refuse)); }
    NoDescriptors(const NoDescriptors&) = delete;
    ~NoDescriptors() { replace(nullptr); }

private:
    static int refuse(const char*, int, int)
    {
        errno = EMFILE;
        return -1;
    }
    static void replace(sqlite3_syscall_ptr call)
    {
        auto* const system = sqlite3_vfs_find(nullptr);
        system->xSetSystemCall(system, "open", call);
    }
};

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
        struct stat status{};
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
        CHECK(open(folder.path()).error().code == errc::unavailable);
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
    CHECK(store.queue.list({.visibility = queue::Visibility::all()}).error().code == errc::stopped);
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
    CHECK(store.queue.list({.visibility = queue::Visibility::all()})->size() == 1);
}

namespace {

// Counts what is written to the store's log.
class LogWrites final : public base::IoGate {
public:
    base::IoVerdict before(const base::IoRequest& request) override
    {
        const bool log = request.path.ends_with("kurir.db-wal");
        if (log && request.call == base::IoCall::write) ++writes;
        return {};
    }
    void after(const base::IoRequest&) override {}
    std::atomic<int> writes = 0;
};

// A store that was not closed in order, so that it has a log, and another process's lock on it.
struct LockedStore {
    support::TemporaryFolder folder;
    std::optional<Connection> other;

    explicit LockedStore(bool whole = false)
    {
        {
            const Opened store(folder.path());
        }
        auto opened = Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
        REQUIRE(opened);
        other.emplace(std::move(*opened));
        if (whole) REQUIRE(other->script("PRAGMA locking_mode = EXCLUSIVE"));
        REQUIRE(other->script("PRAGMA wal_autocheckpoint = 0"));
        REQUIRE(other->run("INSERT INTO sqlite_sequence VALUES ('event', 0)"));
        REQUIRE(other->run("BEGIN IMMEDIATE"));
    }
    base::Result<Queue> open_within(base::Duration wait)
    {
        return Queue::open({.folder = folder.path(), .start_wait = wait}, [](const base::Error&) {
        });
    }
};

} // namespace

TEST_CASE("a start does not touch the log while another process holds the lock", "[queue]")
{
    LockedStore store;
    LogWrites disk;
    const support::GateInPlace in_place(disk);
    const auto refused = store.open_within(std::chrono::milliseconds(100));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::locked);
    const auto database = (store.folder.path() / "kurir.db").string();
    CHECK(refused.error().detail.find(database + " is locked by") != std::string::npos);
    CHECK(disk.writes == 0);
    REQUIRE(store.other->run("ROLLBACK"));
    CHECK(store.open_within(std::chrono::milliseconds(100)));
    CHECK(disk.writes > 0); // now it was written anew
}

TEST_CASE("another program that opens and closes a new store does not remove its log", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "kurir.db";
    int go[2] = {};
    REQUIRE(::pipe(go) == 0);
    const auto child = ::fork(); // before the store is open: its locks are not the child's
    REQUIRE(child >= 0);
    if (child == 0) {
        char octet = 0;
        if (::read(go[0], &octet, 1) != 1) ::_exit(1);
        {
            auto other = Connection::open(file, Connection::Access::read_write);
            if (!other || !other->run("SELECT count(*) FROM message")) ::_exit(2);
        }
        ::_exit(0);
    }
    Opened store(folder.path());
    REQUIRE(::write(go[1], "x", 1) == 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(std::filesystem::exists(file.string() + "-wal"));
    CHECK(enqueue(store.queue, outbound("one")));
    ::close(go[0]);
    ::close(go[1]);
}

TEST_CASE("a start goes on when the lock is released in time", "[queue]")
{
    LockedStore store;
    const support::StderrCapture log;
    auto opening = std::async(std::launch::async, [&] {
        return store.open_within(std::chrono::minutes(1)).has_value();
    });
    const auto is_over = [&] {
        return opening.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    while (!is_over() && log.line("start_waits").empty()) // it has met the lock
        std::this_thread::yield();
    CHECK_FALSE(is_over());
    REQUIRE(store.other->run("ROLLBACK"));
    CHECK(opening.get());
}

TEST_CASE("a start waits for a program that has the whole database for itself", "[queue]")
{
    LockedStore store(true);
    CHECK(store.open_within(std::chrono::milliseconds(100)).error().code == errc::locked);
    store.other.reset();
    CHECK(store.open_within(std::chrono::milliseconds(100)));
}

TEST_CASE("reads go on while another process holds the lock", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
    REQUIRE(other);
    REQUIRE(other->run("BEGIN IMMEDIATE"));
    CHECK(enqueue(store.queue, outbound("two")).error().code == errc::locked);
    CHECK(store.queue.find("id-one", queue::Visibility::all()));
    CHECK(store.queue.statistics().lock);
    REQUIRE(other->run("ROLLBACK"));
}

TEST_CASE("a backup while another process holds the lock is made, or says so", "[queue]")
{
    const support::TemporaryFolder folder;
    const support::TemporaryFolder target;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    auto other = Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
    REQUIRE(other);
    REQUIRE(other->run("BEGIN IMMEDIATE"));
    BackupProgress progress;
    const auto made = store.queue.back_up(target.path() / "backup", at(0), progress);
    CHECK(made);
    REQUIRE(other->run("ROLLBACK"));
    CHECK(enqueue(store.queue, outbound("two")));
}

TEST_CASE("a lock file that is removed is made again before a second one can start", "[queue]")
{
    const support::TemporaryFolder folder;
    const Opened store(folder.path());
    std::filesystem::remove(folder.path() / "lock");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!std::filesystem::exists(folder.path() / "lock"))
        REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(open(folder.path()).error().code == base::errc::locked);
}

TEST_CASE(
    "beside what was saved of a lost database neither an empty nor another one opens", "[queue]"
)
{
    const support::TemporaryFolder folder;
    if (GENERATE(false, true)) REQUIRE(open(folder.path())); // put in its place, or an older one
    const auto saved = folder.path() / "kurir.db.saved-1700000000000";
    REQUIRE(base::File::create(saved));
    const auto refused = open(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::damaged);
    CHECK(refused.error().detail.find(saved.string()) != std::string::npos);
    std::filesystem::remove(saved);
    CHECK(open(folder.path()));
}

TEST_CASE("an incomplete copy of a lost database is not offered as one", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto incomplete = folder.path() / "kurir.db.saving-1700000000000";
    REQUIRE(base::File::create(incomplete));
    const auto refused = open(folder.path());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::damaged);
    CHECK(refused.error().detail.find("an incomplete copy") != std::string::npos);
    CHECK(refused.error().detail.find(incomplete.string()) != std::string::npos);
    // A complete one is better, wherever it is from.
    const auto saved = folder.path() / "kurir.db.saved-1700000000001";
    REQUIRE(base::File::create(saved));
    CHECK(open(folder.path()).error().detail.find(saved.string()) != std::string::npos);
    std::filesystem::remove(saved);
    std::filesystem::remove(incomplete);
    CHECK(open(folder.path()));
}

TEST_CASE("a reader that has no file descriptor left does not end the service", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(enqueue(store.queue, outbound("one")));
    const auto found = [&] {
        const NoDescriptors none;
        return store.queue.find("id-one", queue::Visibility::all());
    }();
    REQUIRE_FALSE(found);
    CHECK(found.error().code == errc::unavailable);
    CHECK(found.error().detail.find("Too many open files") != std::string::npos);
    CHECK(store.queue.find("id-one", queue::Visibility::all()));
    CHECK(enqueue(store.queue, outbound("two")));
}
