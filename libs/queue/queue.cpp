// SPDX-License-Identifier: Apache-2.0
// Opening and closing. Opening takes the lock, prepares the tables, then removes what a crash left
// behind.
#include "queue/queue.hpp"

#include "base/log.hpp"
#include "base/units.hpp"
#include "queue/holders.hpp"
#include "queue/schema.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

constexpr const char* file_name = "kurir.db";
constexpr const char* log_name = "kurir.db-wal";
// Names in payloads/ that are checked before the service begins.
constexpr std::size_t names_at_start = 1000;

base::Result<> make_folders(const base::Path& folder)
{
    for (const auto& each : {folder, folder / "payloads", folder / "spool"})
        if (const auto made = base::make_folders(each); !made) return made.error();
    return {};
}

// A folder with an unfinished restore must not start as an empty store.
base::Result<> no_restore_left(const base::Path& folder)
{
    std::error_code ignored;
    const auto unfinished = folder / unfinished_restore;
    if (!std::filesystem::exists(std::filesystem::symlink_status(unfinished, ignored))) return {};
    return base::Error(
        errc::damaged, "a restore was begun here and did not end: run kurird --restore again"
    );
}

// A process that loses its database saves a copy under such a name. The present kurir.db is another
// or an older one, and lacks messages that were answered.
base::Result<> no_saved_copy(const base::Path& folder)
{
    const auto names = base::list_folder(folder);
    if (!names) return names.error();
    const auto find = [&](const char* suffix) -> std::optional<std::string> {
        for (const auto& name : *names)
            if (name.native().starts_with(std::string(file_name) + suffix))
                return (folder / name).string();
        return std::nullopt;
    };
    const std::string lost = "kurir.db was lost while kurird had it open, and ";
    if (const auto saved = find(saved_suffix))
        return base::Error(
            errc::damaged, lost + *saved +
                               " is what was saved of it: rename that to kurir.db, or move it away "
                               "to go on without it"
        );
    if (const auto incomplete = find(saving_suffix))
        return base::Error(
            errc::damaged, lost + *incomplete +
                               " is an incomplete copy of it, because kurird ended before it was "
                               "saved: do not use that as kurir.db; restore the newest backup, or "
                               "move the copy away to go on with what is here"
        );
    return {};
}

// An empty store beside payload files: the database was lost or moved away. Sweeping the files
// would destroy what is needed to bring it back.
base::Result<> no_store_lost(const base::Path& folder)
{
    std::error_code missing;
    const auto size = std::filesystem::file_size(folder / file_name, missing);
    if (!missing && size > 0) return {};
    const auto found = has_files(folder / "payloads");
    if (!found) return found.error();
    if (!*found) return {};
    return base::Error(
        errc::damaged,
        "kurir.db is missing and payloads/ has files: bring it back, or move payloads/ away"
    );
}

// Waits for another process that holds a lock on the store, at most for `limit`. On success this
// connection holds the lock until its transaction ends.
base::Result<> wait_for_lock(Connection& database, const base::Path& file, base::Duration limit)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    for (bool told = false;; told = true) {
        auto begun = database.run("BEGIN IMMEDIATE");
        if (begun || begun.error().code != errc::locked) return begun;
        const auto by = describe(holders_of(file), Holder::Hold::lock, file);
        if (std::chrono::steady_clock::now() >= end)
            return base::Error(
                errc::locked, file.string() + " is locked by " + by +
                                  ": end that program or its transaction, then start kurird again"
            );
        if (!told)
            base::log(
                base::Level::warning, "start_waits",
                {{"for", "the lock on " + file.string()},
                 {"held_by", by},
                 {"limit", base::to_text(limit)},
                 {"act", "operator: end that program or its transaction"}}
            );
    }
}

// Rewrites the log, because an earlier sync of it may have failed: work must start from what the
// disk really has. The lock is held meanwhile, so that no other process writes to the log.
base::Result<> rewrite_log(Connection& database, const base::Path& folder, base::Duration limit)
{
    const auto file = folder / file_name;
    if (!database.is_writable())
        return base::Error(
            base::errc::not_permitted,
            file.string() + " may not be written: look at its owner and mode, and whether its file "
                            "system is mounted read-only"
        );
    if (auto locked = wait_for_lock(database, file, limit); !locked) return locked.error();
    const auto log = base::rewrite_file(folder / log_name);
    if (!log && log.error().code != base::errc::not_found) {
        database.leave_log_at_close();
        return log.error();
    }
    return database.run("ROLLBACK");
}

// Creates the file here, so that its mode is 0600. SQLite gives its log the same mode. The
// descriptor is closed before SQLite opens the file. Closing one later would drop all locks of this
// process on the file. Another program that closes its connection would then remove the log.
base::Result<> make_database(const base::Path& file)
{
    const auto created = base::File::create(file);
    if (!created && created.error().code != base::errc::already_exists) return created.error();
    if (created)
        base::log(base::Level::info, "store_created", {{"folder", file.parent_path().string()}});
    return {};
}

base::Result<Connection> open_store(const base::Path& folder, base::Duration start_wait)
{
    const auto file = folder / file_name;
    if (const auto made = make_database(file); !made) return made.error();
    auto database = Connection::open(file, Connection::Access::read_write);
    if (!database) return database.error();
    if (const auto log = rewrite_log(*database, folder, start_wait); !log) return log.error();
    database->set_lock_wait(start_wait);
    const auto prepared = prepare_store(*database, file, base::now());
    if (!prepared) return prepared.error();
    // This creates the log and its index, so that StoreFiles can watch them from now on.
    for (const auto* statement : {"BEGIN IMMEDIATE", "ROLLBACK"})
        if (const auto done = database->run(statement); !done) return done.error();
    database->set_lock_wait(lock_wait);
    // The names of the database and its log must survive a power failure too.
    if (const auto synced = base::sync_folder(folder); !synced) return synced.error();
    return database;
}

} // namespace

Queue::Store::Store(
    Settings settings_, base::FolderLock lock_, Connection writing, StoreFiles files,
    std::unique_ptr<PayloadFolder> payloads_, std::function<void(const base::Error&)> on_lost
)
    : settings(std::move(settings_)), lock(std::move(lock_)), payloads(std::move(payloads_)),
      writer(std::make_unique<Writer>(
          std::move(writing), std::move(files),
          Writer::Limits{
              .group = settings.group_limit,
              .waiting = settings.waiting_limit,
              .waiting_octets = settings.waiting_octets_limit,
              .checkpoint_pages = settings.checkpoint_pages,
              .log_warning = settings.log_warning
          },
          std::move(on_lost), [this] { return keep_lock(); }
      )),
      readers(settings.folder / file_name)
{
}

base::Result<> Queue::Store::keep_lock()
{
    if (lock.is_in_place()) return {};
    auto again = base::FolderLock::take(settings.folder);
    if (!again && again.error().code == base::errc::locked)
        return base::Error(
            base::errc::locked, settings.folder.string() +
                                    ": its file lock was removed, and another kurird took a new one"
        );
    if (!again) return {}; // the next check tries again
    lock = std::move(*again);
    base::log(
        base::Level::warning, "lock_file_removed",
        {{"file", (settings.folder / "lock").string()},
         {"effect", "none: it was made again; without it a second kurird could start here"}}
    );
    return {};
}

base::Error Queue::Store::seen(base::Error error) const
{
    if (error.code == errc::failed || error.code == errc::damaged) writer->lose(error);
    return error;
}

std::size_t Queue::Store::close(base::Duration patience)
{
    if (closed) return *closed;
    if (sweeper) sweeper->close();
    closed = writer->close(patience);
    readers.close();
    const auto lock_held = writer->obstacles().lock();
    if (*closed > 0)
        base::log(
            base::Level::error, "results_not_written",
            {{"count", std::to_string(*closed)},
             {"by", lock_held ? lock_held->by : ""},
             {"effect", "messages whose receipt was among these results are sent again after the "
                        "start, and acknowledged items are handed out again"},
             {"act", "operator: end that program, then start kurird"}}
        );
    return *closed;
}

void Queue::Store::go_on_with(Sweep sweep)
{
    sweeper.emplace(std::move(sweep), readers, [this](const base::Error& error) {
        if (error.code == errc::stopped) return;
        (void)seen(error);
        base::log(base::Level::warning, "payloads_not_swept", {{"error", error.text()}});
    });
}

base::Result<Queue>
Queue::open(const Settings& settings, std::function<void(const base::Error&)> on_lost)
{
    const auto& folder = settings.folder;
    if (const auto made = make_folders(folder); !made) return made.error();
    auto lock = base::FolderLock::take(folder);
    if (!lock) return lock.error();
    if (const auto restored = no_restore_left(folder); !restored) return restored.error();
    if (const auto none = no_saved_copy(folder); !none) return none.error();
    if (const auto there = no_store_lost(folder); !there) return there.error();
    auto database = open_store(folder, settings.start_wait);
    if (!database) return database.error();
    auto files = StoreFiles::of(folder / file_name);
    if (!files) return files.error();
    if (const auto cleared = clear_folder(folder / "spool"); !cleared) return cleared.error();
    auto payloads = std::make_unique<PayloadFolder>(folder / "payloads");
    auto sweep = Sweep::begin(*payloads);
    if (!sweep) return sweep.error();
    const auto more = sweep->step(*database, names_at_start);
    if (!more) return more.error();
    auto store = std::make_unique<Store>(
        settings, std::move(*lock), std::move(*database), std::move(*files), std::move(payloads),
        std::move(on_lost)
    );
    if (*more) store->go_on_with(std::move(*sweep));
    return Queue(std::move(store));
}

Queue::Queue(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Queue::Queue(Queue&&) noexcept = default;
Queue& Queue::operator=(Queue&&) noexcept = default;

Queue::~Queue()
{
    if (store_) store_->close(std::chrono::seconds(5));
}

std::size_t Queue::close(base::Duration patience)
{
    return store_ ? store_->close(patience) : 0;
}

void Queue::limit_waiting(std::chrono::steady_clock::time_point end)
{
    store_->writer->limit_waiting(end);
}

base::Path Queue::spool_folder() const
{
    return store_->settings.folder / "spool";
}

Queue::Statistics Queue::statistics() const
{
    const auto written = store_->writer->statistics();
    const auto& obstacles = store_->writer->obstacles();
    return {
        .commits = written.commits,
        .items = written.items,
        .waiting = written.waiting,
        .waiting_octets = written.waiting_octets,
        .longest_commit = written.longest_commit,
        .swept = !store_->sweeper || store_->sweeper->done(),
        .log_octets = obstacles.log_octets(),
        .lock = obstacles.lock(),
        .log = obstacles.log()
    };
}

} // namespace queue
