// SPDX-License-Identifier: Apache-2.0
// The SQL of each step is frozen with the version that the step leads to. It must never use what
// later versions changed. A test compares the migrated store with a fresh store.
#include "queue/migration.hpp"

#include "base/log.hpp"
#include "queue/schema.hpp"

#include <array>

namespace queue {
namespace {

// Version 2 counts messages by peer too, lets retention remove payloads before their evidence, and
// has a table for the operator's decisions.
constexpr const char* to_version_2 = R"sql(
ALTER TABLE message ADD COLUMN kept INTEGER NOT NULL DEFAULT 2;
DROP INDEX message_due;
CREATE INDEX message_due ON message(direction, due, sequence) WHERE due IS NOT NULL;
CREATE INDEX message_expiry ON message(expires) WHERE direction = 'outbound' AND due IS NOT NULL;
CREATE INDEX message_ended ON message(kept, participant, state, changed) WHERE due IS NULL;

DROP TRIGGER message_added;
DROP TRIGGER message_changed;
DROP TABLE state_count;
CREATE TABLE state_count (
    state    TEXT NOT NULL,
    peer     TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (state, peer)
) STRICT, WITHOUT ROWID;
INSERT INTO state_count SELECT state, peer, count(*) FROM message GROUP BY state, peer;
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO state_count VALUES (NEW.state, NEW.peer, 1)
        ON CONFLICT (state, peer) DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER message_changed AFTER UPDATE OF state ON message WHEN OLD.state <> NEW.state BEGIN
    UPDATE state_count SET messages = messages - 1 WHERE state = OLD.state AND peer = OLD.peer;
    INSERT INTO state_count VALUES (NEW.state, NEW.peer, 1)
        ON CONFLICT (state, peer) DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
    UPDATE state_count SET messages = messages - 1 WHERE state = OLD.state AND peer = OLD.peer;
END;

CREATE TABLE destination (
    peer     TEXT PRIMARY KEY,
    standing TEXT NOT NULL,
    since    INTEGER NOT NULL,
    reason   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
)sql";

// Version 3 keeps each signed form of a message that is signed again while it is retried.
constexpr const char* to_version_3 = R"sql(
CREATE TABLE form (
    message INTEGER NOT NULL REFERENCES message(sequence),
    number  INTEGER NOT NULL,
    octets  BLOB NOT NULL,
    PRIMARY KEY (message, number)
) STRICT;

PRAGMA user_version = 3;
)sql";

// steps[n] leads from version n + 1 to n + 2.
constexpr std::array steps = {to_version_2, to_version_3};
static_assert(steps.size() + 1 == schema_version);

base::Path beside(const base::Path& file, std::int64_t from, const std::string& suffix)
{
    auto path = file;
    path += ".v" + std::to_string(from) + suffix;
    return path;
}

base::Path unnamed_copy(const base::Path& file, std::int64_t from)
{
    return beside(file, from, ".new");
}

// Returns "20261122T010203.004Z", for example: the basic form needs no quoting in a shell.
std::string compact(base::Time time)
{
    std::string text;
    for (const char c : base::to_text(time))
        if (c != '-' && c != ':') text += c;
    return text;
}

// Needs room for the copy, and half its size plus 16 MiB for two more things: what the transaction
// writes (indexes, in the log and in the store), and what other programs write meanwhile.
base::Result<> check_space(Connection& database, const Migration& migration)
{
    auto rows =
        database.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    const auto found = rows.next();
    if (!found) return found.error();
    const auto size = static_cast<std::uint64_t>(rows.integer(0));
    const auto needed = size + size / 2 + (16u << 20);
    if (migration.free_space >= needed) return {};
    constexpr std::uint64_t mega = 1'000'000;
    return base::Error(
        base::errc::disk_full, "the store is of version " + std::to_string(migration.from) +
                                   " and is copied before it is brought up to date: that needs " +
                                   std::to_string(needed / mega) + " MB, and " +
                                   std::to_string(migration.free_space / mega) +
                                   " MB are free; nothing was changed"
    );
}

// The copy gets its final name after the migration is committed. Until then, its name shows that it
// is left from an interrupted migration, and the next try replaces it.
base::Result<> copy(Connection& database, const base::Path& target)
{
    if (const auto removed = base::remove_file(target); !removed) return removed.error();
    // Create the file here, so that its mode is 0600. SQLite accepts an empty file.
    if (const auto created = base::File::create(target); !created) return created.error();
    if (const auto copied = database.run("VACUUM INTO ?", std::string_view(target.native()));
        !copied)
        return copied.error();
    auto file = base::File::open(target);
    if (!file) return file.error();
    if (const auto synced = file->sync(); !synced) return synced.error();
    return base::sync_folder(target.parent_path());
}

base::Result<> take_steps(Connection& database, std::int64_t from)
{
    if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    for (auto step = static_cast<std::size_t>(from - 1); step < steps.size(); ++step) {
        const auto taken = database.script(steps[step]);
        if (!taken) return taken.error();
    }
    return database.run("COMMIT");
}

} // namespace

base::Result<> name_copy(const base::Path& file, std::int64_t from, base::Time at)
{
    const auto named = beside(file, from, "-" + compact(at));
    const auto renamed = base::rename_file(unnamed_copy(file, from), named);
    if (!renamed && renamed.error().code == base::errc::not_found) return {};
    if (!renamed) return renamed.error();
    base::log(
        base::Level::warning, "store_migrated",
        {{"from", std::to_string(from)}, {"copy_of_the_old", named.native()}}
    );
    return base::sync_folder(file.parent_path());
}

base::Result<> migrate_store(Connection& database, const Migration& migration)
{
    const auto from = migration.from;
    if (from < 1 || from > static_cast<std::int64_t>(steps.size()))
        return base::Error(errc::damaged, "version " + std::to_string(from) + " never was");
    if (const auto room = check_space(database, migration); !room) return room.error();
    base::log(base::Level::warning, "store_migrating", {{"from", std::to_string(from)}});
    if (const auto copied = copy(database, unnamed_copy(migration.file, from)); !copied)
        return copied.error();
    if (const auto taken = take_steps(database, from); !taken) {
        // Return the first error, whether or not ROLLBACK works.
        if (database.in_transaction()) (void)database.run("ROLLBACK");
        return taken.error();
    }
    return name_copy(migration.file, from, migration.at);
}

} // namespace queue
