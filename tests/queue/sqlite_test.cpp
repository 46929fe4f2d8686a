// SPDX-License-Identifier: Apache-2.0
#include "queue/sqlite.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using queue::Blob;
using queue::Connection;

namespace {

Connection open(const base::Path& file, Connection::Access access = Connection::Access::read_write)
{
    auto opened = Connection::open(file, access);
    REQUIRE(opened);
    return std::move(*opened);
}

} // namespace

TEST_CASE("octets with zeros, empty text and no value come back as they went in", "[queue]")
{
    const support::TemporaryFolder folder;
    auto database = open(folder.path() / "test.db");
    REQUIRE(database.script("CREATE TABLE t (a BLOB, b TEXT, c INTEGER, d TEXT) STRICT"));
    const std::string octets("a\0b\xff", 4);
    const std::optional<std::int64_t> nothing;
    const std::string_view null_view;
    REQUIRE(
        database.run("INSERT INTO t VALUES (?, ?, ?, ?)", Blob{octets}, null_view, nothing, octets)
    );
    auto rows = database.query("SELECT a, b, c, d FROM t");
    REQUIRE(rows.next());
    CHECK(rows.text(0) == octets);
    CHECK_FALSE(rows.is_null(1));
    CHECK(rows.text(1).empty());
    CHECK(rows.is_null(2));
    CHECK(rows.text(3) == octets);
    CHECK_FALSE(*rows.next());
}

TEST_CASE("a broken constraint is a conflict of the item, not trouble of the store", "[queue]")
{
    const support::TemporaryFolder folder;
    auto database = open(folder.path() / "test.db");
    REQUIRE(database.script(
        "CREATE TABLE t (a TEXT NOT NULL UNIQUE) STRICT; INSERT INTO t VALUES ('x')"
    ));
    CHECK(database.run("INSERT INTO t VALUES ('x')").error().code == queue::errc::conflict);
}

TEST_CASE("a statement that SQLite does not understand is an error when it runs", "[queue]")
{
    const support::TemporaryFolder folder;
    auto database = open(folder.path() / "test.db");
    CHECK(database.run("SELECT 1 FROM nowhere").error().code == queue::errc::failed);
}

TEST_CASE("a connection for reading writes nothing", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "test.db";
    auto writing = open(file);
    REQUIRE(writing.script("CREATE TABLE t (a TEXT) STRICT"));
    auto reading = open(file, Connection::Access::read_only);
    CHECK_FALSE(reading.run("INSERT INTO t VALUES ('x')"));
}
