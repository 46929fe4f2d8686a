// SPDX-License-Identifier: Apache-2.0
// SQLite's calls pass the gate: they are counted, and what it refuses arrives as the right error.
#include "queue/vfs.hpp"

#include "queue/sqlite.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

using namespace queue;

namespace {

struct Table {
    Table() : database(*Connection::open(folder.path() / "t.db", Connection::Access::read_write))
    {
        REQUIRE(database.script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                "CREATE TABLE t (octets BLOB) STRICT"));
    }
    base::Result<> insert(std::size_t size)
    {
        return database.run("INSERT INTO t VALUES (?)", Blob{std::string(size, 'x')});
    }
    base::errc code_under(const support::Fault& fault)
    {
        support::FaultyDisk disk(fault);
        const support::GateInPlace gate(disk);
        const auto done = insert(10'000);
        REQUIRE_FALSE(disk.failed().empty());
        REQUIRE_FALSE(done);
        return done.error().code == base::errc::disk_full ? base::errc::disk_full
                                                          : base::errc::io_failed;
    }
    support::TemporaryFolder folder;
    Connection database;
};

std::int64_t rows_of(Connection& database)
{
    auto rows = database.query("SELECT count(*) FROM t");
    REQUIRE(rows.next().value());
    return rows.integer(0);
}

// Full for whatever makes the log's index larger.
class NoRoomForIndex final : public base::IoGate {
public:
    base::IoVerdict before(const base::IoRequest& request) override
    {
        return {.error = request.path.ends_with("-shm") ? ENOSPC : 0};
    }
    void after(const base::IoRequest&) override {}
};

// The system itself is full for it: SQLite writes the last octet of each of its pages alone.
class FullForIndex {
public:
    FullForIndex()
    {
        for (const auto& [name, refusing] : calls())
            if (system()->xGetSystemCall(system(), name) != nullptr)
                system()->xSetSystemCall(system(), name, refusing);
    }
    FullForIndex(const FullForIndex&) = delete;
    ~FullForIndex()
    {
        for (const auto& call : calls())
            system()->xSetSystemCall(system(), call.first, nullptr);
    }

private:
    using Calls = std::array<std::pair<const char*, sqlite3_syscall_ptr>, 3>;
    static sqlite3_vfs* system() { return sqlite3_vfs_find(nullptr); }
    static ssize_t write_none(int file, const void* from, std::size_t size)
    {
        return size == 1 ? full() : ::write(file, from, size);
    }
    static ssize_t write_none_at(int file, const void* from, std::size_t size, off_t offset)
    {
        return size == 1 ? full() : ::pwrite(file, from, size, offset);
    }
    static ssize_t full()
    {
        errno = ENOSPC;
        return -1;
    }
    static Calls calls()
    {
        const auto at = reinterpret_cast<sqlite3_syscall_ptr>(write_none_at);
        return {
            {{"write", reinterpret_cast<sqlite3_syscall_ptr>(write_none)},
             {"pwrite", at},
             {"pwrite64", at}}
        };
    }
};

} // namespace

TEST_CASE("what SQLite writes and syncs is counted", "[queue]")
{
    Table table;
    const auto before = base::io_counts();
    REQUIRE(table.insert(10'000));
    const auto after = base::io_counts();
    CHECK(after.syncs - before.syncs == 1); // the log: one commit, one sync
    CHECK(after.written - before.written > 10'000);
}

TEST_CASE("a full disk and a used up quota are full; any other refusal is trouble", "[queue]")
{
    Table table;
    using base::IoCall;
    for (const int error : {ENOSPC, EDQUOT})
        CHECK(table.code_under({.nth = 2, .error = error, .torn = true}) == base::errc::disk_full);
    CHECK(table.insert(10)); // and on it goes
    CHECK(table.code_under({.nth = 2, .error = EIO}) == base::errc::io_failed);
    // Never "full": nobody knows what the disk holds.
    CHECK(
        table.code_under({.nth = 1, .error = ENOSPC, .only = IoCall::sync}) == base::errc::io_failed
    );
}

TEST_CASE("a commit for whose index there is no room is none, after a crash either", "[queue]")
{
    Table table;
    REQUIRE(table.database.script("PRAGMA wal_autocheckpoint = 0"));
    constexpr std::size_t more_than_one_region = 17'000'000;
    REQUIRE(table.insert(10));
    {
        NoRoomForIndex disk;
        const support::GateInPlace gate(disk);
        const auto done = table.insert(more_than_one_region);
        REQUIRE_FALSE(done);
        CHECK(done.error().code == base::errc::disk_full);
    }
    CHECK(rows_of(table.database) == 1);
    // What the disk has now is what a crash leaves.
    const support::TemporaryFolder left;
    for (const auto* name : {"t.db", "t.db-wal"})
        std::filesystem::copy(table.folder.path() / name, left.path() / name);
    auto after = Connection::open(left.path() / "t.db", Connection::Access::read_write);
    REQUIRE(after);
    CHECK(rows_of(*after) == 1);
    REQUIRE(table.insert(more_than_one_region)); // and on it goes
    CHECK(rows_of(table.database) == 2);
}

TEST_CASE("nothing is committed to a log whose name may be lost", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "t.db";
    {
        auto database = Connection::open(file, Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(database->script("PRAGMA journal_mode = WAL; CREATE TABLE t (a)"));
    }
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    support::FaultyDisk disk({.nth = 1, .error = EIO, .only = base::IoCall::sync_folder});
    const support::GateInPlace gate(disk);
    CHECK(database->run("INSERT INTO t VALUES (1)").error().code == errc::failed);
    CHECK(disk.sync_failed());
}

TEST_CASE("a log that is read anew and finds no room for its index is full, not lost", "[queue]")
{
    Table table;
    REQUIRE(table.database.script("PRAGMA wal_autocheckpoint = 0"));
    REQUIRE(table.insert(17'000'000)); // more than the first region
    const support::TemporaryFolder left;
    for (const auto* name : {"t.db", "t.db-wal"})
        std::filesystem::copy(table.folder.path() / name, left.path() / name);
    {
        const FullForIndex disk;
        auto again = Connection::open(left.path() / "t.db", Connection::Access::read_write);
        REQUIRE(again);
        const auto counted = again->query("SELECT count(*) FROM t").next();
        REQUIRE_FALSE(counted);
        CHECK(counted.error().code == base::errc::disk_full);
    }
    auto again = Connection::open(left.path() / "t.db", Connection::Access::read_write);
    REQUIRE(again);
    CHECK(rows_of(*again) == 1);
}

TEST_CASE("an error of a file names the file and what the system said", "[queue]")
{
    struct Case {
        int error;
        base::IoCall call;
        const char* says;
    };
    const auto [error, call, says] = GENERATE(
        Case{EROFS, base::IoCall::write, "t.db-wal: Read-only file system"},
        Case{EDQUOT, base::IoCall::write, "t.db-wal: Disk quota exceeded"},
        Case{ENOSPC, base::IoCall::write, "t.db-wal: No space left on device"},
        Case{EIO, base::IoCall::sync, "t.db-wal: Input/output error"}
    );
    Table table;
    support::FaultyDisk disk({.nth = 1, .error = error, .only = call});
    const support::GateInPlace gate(disk);
    const auto inserted = table.insert(10);
    REQUIRE_FALSE(inserted);
    CHECK(inserted.error().detail.find(says) != std::string::npos);
}

TEST_CASE("a file that may not be opened is named, and nothing is in doubt", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "t.db";
    const auto error = GENERATE(EMFILE, EACCES, EROFS);
    support::FaultyDisk disk({.nth = 1, .error = error});
    const support::GateInPlace gate(disk);
    const auto opened = Connection::open(file, Connection::Access::read_write);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::unavailable);
    const auto text = file.string() + ": " + std::generic_category().message(error);
    CHECK(opened.error().detail.find(text) != std::string::npos);
}
