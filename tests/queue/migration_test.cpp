// SPDX-License-Identifier: Apache-2.0
#include "queue/migration.hpp"

#include "base/log.hpp"
#include "opened.hpp"
#include "queue/schema.hpp"
#include "support/disk.hpp"
#include "version_2.hpp"

#include <cerrno>
#include <fstream>
#include <map>
#include <sys/stat.h>

using namespace queue;

namespace {

const std::vector<std::string> kept_tables = {"message", "envelope", "part",
                                              "receipt", "attempt",  "event"};

Connection database_at(const base::Path& file)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    REQUIRE(database);
    return std::move(*database);
}

// Each row as one text.
std::vector<std::string> rows_of(Connection& database, const std::string& sql)
{
    auto rows = database.query(sql);
    std::vector<std::string> all;
    while (true) {
        const auto found = rows.next();
        REQUIRE(found);
        if (!*found) return all;
        all.push_back(rows.text(0));
    }
}

std::string joined(
    const std::vector<std::string>& texts, const std::string& before, const std::string& after,
    const std::string& between
)
{
    std::string all;
    for (const auto& text : texts)
        all += (all.empty() ? "" : between) + before + text + after;
    return all;
}

using Contents = std::map<std::string, std::vector<std::string>>;

// What version 1 kept: its tables, by its columns, which it is asked for once.
Contents contents(Connection& database)
{
    static const auto columns = [] {
        const support::TemporaryFolder folder;
        make_store_of_version_1(folder.path() / "kurir.db");
        auto old = database_at(folder.path() / "kurir.db");
        Contents of;
        for (const auto& table : kept_tables)
            of[table] = rows_of(old, "SELECT name FROM pragma_table_info('" + table + "')");
        return of;
    }();
    Contents all;
    for (const auto& [table, names] : columns)
        all[table] = rows_of(
            database, "SELECT " + joined(names, "quote(", ")", "||','||") + " FROM " + table
        );
    return all;
}
Contents contents(const base::Path& file)
{
    auto database = database_at(file);
    return contents(database);
}

std::int64_t version_of(const base::Path& file)
{
    auto database = database_at(file);
    return std::stoll(rows_of(database, "PRAGMA user_version").front());
}

// The copies of old stores in a folder, finished or not.
std::vector<base::Path> copies_in(const base::Path& folder)
{
    const auto names = base::list_folder(folder);
    REQUIRE(names);
    std::vector<base::Path> copies;
    for (const auto& name : *names)
        if (name.native().starts_with("kurir.db.v")) copies.push_back(folder / name);
    return copies;
}

std::uint64_t messages_in(const Counts& counts, State state, const std::string& peer)
{
    for (const auto& of : counts.of)
        if (of.state == state && of.peer == peer) return of.messages;
    return 0;
}

struct OldStore {
    OldStore()
    {
        make_store_of_version_1(file);
        before = contents(file);
        std::filesystem::create_directory(folder.path() / "payloads");
        std::ofstream(folder.path() / "payloads" / "file-3") << "123456789";
    }
    support::TemporaryFolder folder = support::TemporaryFolder::in_memory(); // many of them
    base::Path file = folder.path() / "kurir.db";
    Contents before;
};

// What a store that was interrupted while it was brought up to date must be: the old one or the new
// one, and the next start makes it the new one, with a copy of the old.
std::string wrong_after_interruption(const base::Path& folder, const Contents& before)
{
    const auto file = folder / "kurir.db";
    if (contents(file) != before) return "other contents than before";
    {
        const auto opened = Queue::open({.folder = folder}, [](const base::Error&) {});
        if (!opened) return "does not open: " + opened.error().text();
    }
    if (version_of(file) != schema_version) return "not brought up to date";
    if (contents(file) != before) return "other contents after the next start";
    const auto copies = copies_in(folder);
    if (copies.size() != 1) return std::to_string(copies.size()) + " copies";
    if (copies.front().extension() == ".new") return "the copy has no name";
    if (contents(copies.front()) != before) return "the copy has other contents";
    return {};
}

struct Quiet {
    Quiet() { base::set_log_level(base::Level::error); }
    Quiet(const Quiet&) = delete;
    ~Quiet() { base::set_log_level(base::Level::info); }
};

} // namespace

TEST_CASE("a store of version 1 is brought up to date with all it held", "[queue]")
{
    const OldStore old;
    {
        Opened store(old.folder.path());
        const auto counts = store.queue.counts();
        REQUIRE(counts);
        CHECK(counts->of.size() == 6);
        CHECK(messages_in(*counts, State::queued, "peer-b") == 1);
        CHECK(messages_in(*counts, State::deferred, "peer-c") == 1);
        CHECK(messages_in(*counts, State::refused, "peer-b") == 1);
        const auto payload = store.queue.payload("out-3", 0, queue::Visibility::all());
        REQUIRE(payload);
        CHECK(*base::read_file(payload->file(), 10) == "123456789");
    }
    CHECK(version_of(old.file) == schema_version);
    CHECK(contents(old.file) == old.before);
}

TEST_CASE("a store of version 2 is brought up to date with all it held", "[queue]")
{
    const support::TemporaryFolder folder;
    const auto file = folder.path() / "kurir.db";
    make_store_of_version_2(file);
    const auto before = contents(file);
    std::filesystem::create_directory(folder.path() / "payloads");
    std::ofstream(folder.path() / "payloads" / "file-3") << "123456789";
    {
        Opened store(folder.path());
        CHECK(store.queue.forms("out-2").value().empty());
        CHECK(claim(store.queue, claim_by("a", 100))->size() == 2);
    }
    CHECK(version_of(file) == schema_version);
    const auto copies = copies_in(folder.path());
    REQUIRE(copies.size() == 1);
    CHECK(contents(copies.front()) == before);
    auto migrated = database_at(file);
    const support::TemporaryFolder fresh_folder;
    {
        const Opened fresh(fresh_folder.path());
    }
    auto fresh = database_at(fresh_folder.path() / "kurir.db");
    const auto* columns =
        "SELECT t.name||' '||c.name||' '||c.type||' '||c.\"notnull\"||' '||c.pk"
        " FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'"
        " ORDER BY t.name, c.cid";
    CHECK(rows_of(migrated, columns) == rows_of(fresh, columns));
}

TEST_CASE("after a migration the counts follow the messages", "[queue]")
{
    const OldStore old;
    Opened store(old.folder.path());
    REQUIRE(claim(store.queue, claim_by("a", 100))->size() == 2);
    REQUIRE(lease(store.queue, lease_of("participant-a", 100))->size() == 1);
    REQUIRE(enqueue(store.queue, outbound("new")));
    const auto counts = store.queue.counts();
    REQUIRE(counts);
    CHECK(messages_in(*counts, State::sending, "peer-b") == 1);
    CHECK(messages_in(*counts, State::sending, "peer-c") == 1);
    CHECK(messages_in(*counts, State::queued, "peer-b") == 1);
    CHECK(messages_in(*counts, State::leased, "peer-b") == 1);
    CHECK(messages_in(*counts, State::received, "peer-b") == 0);
}

TEST_CASE("a copy of the old store is put beside it, for its owner alone", "[queue]")
{
    const OldStore old;
    {
        const Opened store(old.folder.path());
    }
    const auto copies = copies_in(old.folder.path());
    REQUIRE(copies.size() == 1);
    CHECK(copies.front().filename().native().starts_with("kurir.db.v1-20"));
    struct stat status{};
    REQUIRE(::stat(copies.front().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(version_of(copies.front()) == 1);
    CHECK(contents(copies.front()) == old.before);
    SECTION("and is not made again")
    {
        const Opened again(old.folder.path());
        CHECK(copies_in(old.folder.path()) == copies);
    }
    SECTION("and can be put back, and migrated again")
    {
        std::filesystem::copy_file(
            copies.front(), old.file, std::filesystem::copy_options::overwrite_existing
        );
        {
            const Opened again(old.folder.path());
        }
        CHECK(contents(old.file) == old.before);
    }
}

TEST_CASE("a migrated store has the tables, indexes and triggers of a fresh one", "[queue]")
{
    const OldStore old;
    const support::TemporaryFolder fresh_folder;
    {
        const Opened migrated(old.folder.path());
        const Opened fresh(fresh_folder.path());
    }
    auto migrated = database_at(old.file);
    auto fresh = database_at(fresh_folder.path() / "kurir.db");
    const auto* query = GENERATE(
        // Indexes and triggers by their text; tables by what they are, for the text has comments.
        "SELECT type||' '||name||' '||coalesce(sql, '') FROM sqlite_master"
        " WHERE type <> 'table' ORDER BY 1",
        "SELECT t.name||' '||c.name||' '||c.type||' '||c.\"notnull\"||' '||coalesce(c.dflt_value, "
        "'')"
        "||' '||c.pk FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'"
        " ORDER BY t.name, c.cid",
        "SELECT t.name||' '||t.wr||' '||t.strict FROM pragma_table_list t ORDER BY 1",
        "SELECT t.name||' '||k.\"table\"||' '||k.\"from\"||' '||k.\"to\" FROM sqlite_master t,"
        " pragma_foreign_key_list(t.name) k WHERE t.type = 'table' ORDER BY 1"
    );
    const auto expected = rows_of(fresh, query);
    CHECK_FALSE(expected.empty());
    CHECK(rows_of(migrated, query) == expected);
}

TEST_CASE(
    "without room for the copy nothing is changed, and the operator is told how much", "[queue]"
)
{
    const OldStore old;
    {
        auto database = database_at(old.file);
        const auto refused = migrate_store(
            database, {.file = old.file, .from = 1, .at = at(0), .free_space = 1'000'000}
        );
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::errc::disk_full);
        CHECK(refused.error().detail.find("nothing was changed") != std::string::npos);
    }
    CHECK(version_of(old.file) == 1);
    CHECK(contents(old.file) == old.before);
    CHECK(copies_in(old.folder.path()).empty());
}

TEST_CASE("a version that never was is damage", "[queue]")
{
    const OldStore old;
    auto database = database_at(old.file);
    const auto from = GENERATE(0, -1, schema_version);
    const Migration wanted{.file = old.file, .from = from, .at = at(0), .free_space = 1ull << 40};
    CHECK(migrate_store(database, wanted).error().code == errc::damaged);
}

TEST_CASE("what an interrupted migration left of its copy is replaced", "[queue]")
{
    const OldStore old;
    std::ofstream(old.folder.path() / "kurir.db.v1.new") << std::string(100'000, 'x');
    {
        const Opened store(old.folder.path());
    }
    const auto copies = copies_in(old.folder.path());
    REQUIRE(copies.size() == 1);
    CHECK(contents(copies.front()) == old.before);
}

TEST_CASE(
    "a copy that was not named before the process ended is named at the next start", "[queue]"
)
{
    const OldStore old;
    {
        const Opened store(old.folder.path());
    }
    const auto copy = copies_in(old.folder.path()).front();
    std::filesystem::rename(copy, old.folder.path() / "kurir.db.v1.new");
    {
        const Opened store(old.folder.path());
    }
    const auto copies = copies_in(old.folder.path());
    REQUIRE(copies.size() == 1);
    CHECK(copies.front().filename().native().starts_with("kurir.db.v1-20"));
    CHECK(contents(copies.front()) == old.before);
}

TEST_CASE(
    "whichever call fails while a store is brought up to date, nothing of it is lost", "[queue]"
)
{
    const Quiet quiet;
    const auto fault = GENERATE(
        support::Fault{.for_ever = true, .error = EIO, .torn = true},
        support::Fault{.error = ENOSPC}
    );
    std::uint64_t failed = 0;
    for (std::uint64_t nth = 1;; ++nth) {
        const OldStore old;
        auto this_time = fault;
        this_time.nth = nth;
        support::FaultyDisk disk(this_time);
        {
            const support::GateInPlace gate(disk);
            failed += Queue::open({.folder = old.folder.path()}, [](const base::Error&) {}) ? 0 : 1;
        }
        if (disk.failed().empty()) break; // it takes fewer calls
        INFO(nth << ": " << disk.failed());
        const auto wrong = wrong_after_interruption(old.folder.path(), old.before);
        CHECK(wrong.empty());
        if (!wrong.empty()) WARN(wrong);
    }
    CHECK(failed > 30); // calls that matter
}

TEST_CASE(
    "wherever the power goes while a store is brought up to date, nothing of it is lost", "[queue]"
)
{
    const Quiet quiet;
    const OldStore old;
    const support::Platter before(old.folder.path());
    support::RecordingDisk disk(old.folder.path());
    {
        const support::GateInPlace gate(disk);
        const Opened store(old.folder.path());
    }
    const auto kind = GENERATE(support::Cut::Kind::nothing, support::Cut::Kind::some);
    const auto calls = disk.calls();
    CHECK(calls.size() > 30);
    auto platter = before;
    for (std::size_t n = 0; n < calls.size(); ++n) {
        const support::Cut cut{.kind = kind, .seed = static_cast<std::uint32_t>(n)};
        platter.apply(calls[n], cut);
        const auto after = support::TemporaryFolder::in_memory();
        platter.write_to(after.path(), cut);
        INFO("after call " << n << ": " << support::to_text(calls[n].call) << " " << calls[n].path);
        const auto wrong = wrong_after_interruption(after.path(), old.before);
        CHECK(wrong.empty());
        if (!wrong.empty()) WARN(wrong);
    }
}
