// SPDX-License-Identifier: Apache-2.0
// SQLite's calls pass the gate: they are counted, and what it refuses arrives as the right error.
#include "queue/vfs.hpp"

#include "queue/sqlite.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

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
