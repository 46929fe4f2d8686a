// SPDX-License-Identifier: Apache-2.0
// Restoring a backup. Everything is copied and compared before the store gets its name. Until then
// the folder has no store, and an interrupted restore starts again from the beginning.
#include "queue/backup.hpp"

#include "queue/file_copy.hpp"
#include "queue/manifest.hpp"
#include "queue/rows.hpp"
#include "queue/schema.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

struct Way {
    base::Path backup;
    base::Path folder;
    BackupProgress progress = {};
};

base::Result<> no_store_in(const base::Path& folder)
{
    // Check the side files too: SQLite would apply a log that was left here to the restored
    // database.
    for (const auto* name : {"kurir.db", "kurir.db-wal", "kurir.db-shm", "kurir.db-journal"}) {
        std::error_code ignored;
        if (std::filesystem::exists(std::filesystem::symlink_status(folder / name, ignored)))
            return base::Error(base::errc::already_exists, (folder / name).string());
    }
    return {};
}

// Payload files without an unfinished restore belong to a store that was moved away. The next start
// would sweep them, and with them the files that only that store names.
base::Result<> no_payloads_in(const base::Path& folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(folder / unfinished_restore, ignored)) return {};
    const auto found = has_files(folder / "payloads");
    if (!found) return found.error();
    if (*found) return base::Error(base::errc::already_exists, (folder / "payloads").string());
    return {};
}

base::Result<>
copy_anew(const base::Path& from, const base::Path& to, const ManifestFile& as_listed, Way& way)
{
    // A file of this name is left from an unfinished restore.
    if (const auto removed = base::remove_file(to); !removed) return removed.error();
    const auto copied = copy_file(from, to, way.progress);
    if (!copied && copied.error().code == base::errc::not_found)
        return base::Error(errc::damaged, from.string() + " is missing");
    if (!copied) return copied.error();
    if (copied->size != as_listed.size || copied->sha256 != as_listed.sha256)
        return base::Error(errc::damaged, from.string() + " is not what was written");
    return {};
}

base::Result<std::uint64_t> copy_payloads(ManifestReader& manifest, Way& way)
{
    std::uint64_t files = 0;
    while (true) {
        const auto file = manifest.next();
        if (!file) return file.error();
        if (!*file) break;
        const auto& name = (*file)->name;
        const auto copied =
            copy_anew(way.backup / "payloads" / name, way.folder / "payloads" / name, **file, way);
        if (!copied) return copied.error();
        ++files;
    }
    if (const auto synced = base::sync_folder(way.folder / "payloads"); !synced)
        return synced.error();
    return files;
}

// Checks that the database is one of ours, has a known version, and names as many files as were
// copied.
base::Result<> check(Connection& database, const ManifestHead& head, std::uint64_t files)
{
    const auto schema = count(database.query("PRAGMA user_version"));
    if (!schema) return schema.error();
    if (*schema > schema_version)
        return base::Error(errc::newer_schema, "schema " + std::to_string(*schema));
    const auto named = count(database.query("SELECT count(*) FROM part WHERE file IS NOT NULL"));
    if (!named) return named.error();
    if (*schema != head.schema || static_cast<std::uint64_t>(*named) != files)
        return base::Error(errc::damaged, "the backup's database and manifest do not fit");
    auto rows = database.query("PRAGMA quick_check(1)");
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found || rows.view(0) != "ok") return base::Error(errc::damaged, "the backup's database");
    return {};
}

base::Result<> mark_outbound(Connection& database, base::Time now)
{
    const auto noted = database.run(
        "INSERT INTO event (message, at, name, detail) SELECT sequence, ?, 'restored',"
        " 'may have been sent since the backup' FROM message"
        " WHERE direction = 'outbound' AND due IS NOT NULL",
        base::to_millis(now)
    );
    if (!noted) return noted.error();
    // A message that is sent again is the same message with the same digests. A lease from before
    // the backup no longer has an owner, so it expires now.
    return database.run(
        "UPDATE message SET outcome_unknown = 1,"
        " due = CASE state WHEN 'sending' THEN ? ELSE due END"
        " WHERE direction = 'outbound' AND due IS NOT NULL",
        base::to_millis(now)
    );
}

base::Result<> mark_inbound(Connection& database, base::Time now)
{
    const auto noted = database.run(
        "INSERT INTO event (message, at, name, detail) SELECT sequence, ?, 'restored',"
        " 'may have been handed over since the backup' FROM message"
        " WHERE direction = 'inbound' AND due IS NOT NULL",
        base::to_millis(now)
    );
    if (!noted) return noted.error();
    // A lease expires now. A client that still has its token may acknowledge until the item is
    // leased again.
    return database.run(
        "UPDATE message SET deliveries = deliveries + 1,"
        " due = CASE state WHEN 'leased' THEN ? ELSE due END"
        " WHERE direction = 'inbound' AND due IS NOT NULL",
        base::to_millis(now)
    );
}

base::Result<> mark(Connection& database, base::Time now, Restored& restored)
{
    const auto in_flight = [&](std::string_view direction) {
        return count(database.query(
            "SELECT count(*) FROM message WHERE direction = ? AND due IS NOT NULL", direction
        ));
    };
    const auto outbound = in_flight("outbound");
    if (!outbound) return outbound.error();
    const auto inbound = in_flight("inbound");
    if (!inbound) return inbound.error();
    restored.maybe_sent = static_cast<std::uint64_t>(*outbound);
    restored.maybe_handed_over = static_cast<std::uint64_t>(*inbound);
    if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    if (const auto marked = mark_outbound(database, now); !marked) return marked.error();
    if (const auto marked = mark_inbound(database, now); !marked) return marked.error();
    return database.run("COMMIT");
}

base::Result<>
prepare(const base::Path& file, const ManifestHead& head, base::Time now, Restored& restored)
{
    auto database = Connection::open(file, Connection::Access::read_write);
    if (!database) return database.error();
    // The database must be one file that can be renamed, without a log beside it.
    if (const auto set =
            database->script("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
        !set)
        return set.error();
    if (const auto good = check(*database, head, restored.payloads); !good) return good.error();
    return mark(*database, now, restored);
}

// Removes the side files of an unfinished restore. Its database stays, because it marks the folder.
base::Result<> clear_unfinished(const base::Path& folder)
{
    for (const auto* suffix : {"-journal", "-wal", "-shm"}) {
        const auto removed = base::remove_file(folder / (std::string(unfinished_restore) + suffix));
        if (!removed) return removed.error();
    }
    return {};
}

// Checked before anything changes: a marked folder does not start before a restore has succeeded.
base::Result<> check_database(const base::Path& backup)
{
    std::error_code ignored;
    const auto database = backup / "kurir.db";
    if (std::filesystem::exists(database, ignored)) return {};
    return base::Error(errc::damaged, database.string() + " is missing");
}

// Marks the folder: from here on Queue::open refuses it until a restore completes. The mark
// survives a power failure.
base::Result<> mark_unfinished(const base::Path& folder)
{
    const auto marked = base::File::create(folder / unfinished_restore);
    if (!marked && marked.error().code != base::errc::already_exists) return marked.error();
    return base::sync_folder(folder);
}

base::Result<Restored> bring_back(Way& way, base::Time now)
{
    auto manifest = ManifestReader::open(way.backup / "manifest");
    if (!manifest) return manifest.error();
    const auto& head = manifest->head();
    if (head.schema > schema_version)
        return base::Error(errc::newer_schema, "schema " + std::to_string(head.schema));
    if (const auto there = check_database(way.backup); !there) return there.error();
    if (const auto cleared = clear_unfinished(way.folder); !cleared) return cleared.error();
    if (const auto marked = mark_unfinished(way.folder); !marked) return marked.error();
    const auto file = way.folder / unfinished_restore;
    const ManifestFile as_listed{
        .name = {}, .size = head.database_size, .sha256 = head.database_sha256
    };
    const auto arriving = base::Path(file) += ".new";
    if (const auto copied = copy_anew(way.backup / "kurir.db", arriving, as_listed, way); !copied)
        return copied.error();
    if (const auto named = base::rename_file(arriving, file); !named) return named.error();
    if (const auto synced = base::sync_folder(way.folder); !synced) return synced.error();
    const auto files = copy_payloads(*manifest, way);
    if (!files) return files.error();
    Restored restored{.taken = head.taken, .messages = head.messages, .payloads = *files};
    if (const auto prepared = prepare(file, head, now, restored); !prepared)
        return prepared.error();
    if (const auto named = base::rename_file(file, way.folder / "kurir.db"); !named)
        return named.error();
    if (const auto synced = base::sync_folder(way.folder); !synced) return synced.error();
    return restored;
}

} // namespace

base::Result<Restored> restore(const base::Path& backup, const base::Path& folder, base::Time now)
{
    for (const auto& each : {folder, folder / "payloads"})
        if (const auto made = base::make_folders(each); !made) return made.error();
    const auto lock = base::FolderLock::take(folder);
    if (!lock) return lock.error();
    if (const auto free = no_store_in(folder); !free) return free.error();
    if (const auto free = no_payloads_in(folder); !free) return free.error();
    Way way{.backup = backup, .folder = folder};
    return bring_back(way, now);
}

} // namespace queue
