// SPDX-License-Identifier: Apache-2.0
// Group commit. If the disk is full, either the whole group fails or only its items that start new
// work. If another process holds the lock, items that start new work fail and the others wait.
// After both the service goes on. Any other error of the storage ends all writing, because after a
// failed sync the content of the disk is unknown.
#include "queue/writer.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <iterator>
#include <new>

namespace queue {
namespace {

// True: an error of the storage. False: an error of the item that met it.
bool is_of_storage(const base::Error& error)
{
    return error.code == errc::failed || error.code == errc::damaged ||
           error.code == errc::locked || error.code == errc::unavailable ||
           error.code == base::errc::disk_full;
}

// The pause between two tries while another process holds the lock. Each try also waits in SQLite.
constexpr auto lock_pause = std::chrono::milliseconds(50);

// Copies a database that exists only in the open files. The copy gets its final name when it is
// complete. Returns that name.
base::Result<base::Path> save_copy(Connection& database)
{
    const auto number = std::to_string(base::to_millis(base::now()));
    const base::Path incomplete = database.file().string() + saving_suffix + number;
    base::Path copy = database.file().string() + saved_suffix + number;
    base::log(
        base::Level::error, "store_saving",
        {{"file", incomplete.string()},
         {"effect", "a file of the store was removed, moved or replaced; what it held is being "
                    "saved, and nothing is taken meanwhile"},
         {"act", "operator: do not end kurird before store_lost is in the log"}}
    );
    auto file = base::File::create(incomplete);
    if (!file) return file.error();
    const auto all = [](std::uint64_t, std::uint64_t) { return true; };
    auto done = database.copy_to(incomplete, all);
    if (done) done = file->sync();
    if (done) done = base::rename_file(incomplete, copy);
    if (done) done = base::sync_folder(copy.parent_path());
    if (done) return copy;
    (void)base::remove_file(incomplete);
    // The rename may have been done without being durable.
    (void)base::remove_file(copy);
    return done.error();
}

bool is_full(const base::Result<>& written)
{
    return !written && written.error().code == base::errc::disk_full;
}

} // namespace

Writer::Writer(
    Connection database, StoreFiles files, Limits limits,
    std::function<void(const base::Error&)> on_lost, Check check
)
    : database_(std::move(database)), files_(std::move(files)), limits_(limits),
      on_lost_(std::move(on_lost)), check_(std::move(check)),
      obstacles_(database_.file(), limits.log_warning), next_checkpoint_(limits.checkpoint_pages),
      copier_(database_.file())
{
    database_.take_over_checkpoints();
    thread_ = std::thread([this] { work(); });
}

Writer::~Writer()
{
    close();
}

std::size_t Writer::close(base::Duration patience)
{
    {
        const std::lock_guard lock(mutex_);
        if (!closed_) give_up_ = std::chrono::steady_clock::now() + patience;
        closed_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    return not_written_;
}

void Writer::limit_waiting(std::chrono::steady_clock::time_point end)
{
    const std::lock_guard lock(mutex_);
    wait_limit_ = end;
}

void Writer::lose(const base::Error& error)
{
    if (!lost_.exchange(true) && on_lost_) on_lost_(error);
}

void Writer::submit(std::unique_ptr<Item> item, Admission admission)
{
    auto refusal = errc::stopped;
    {
        const std::lock_guard lock(mutex_);
        const bool begins = admission != Admission::always;
        if (!closed_ && begins && locked_)
            refusal = errc::locked;
        else if (!closed_ && (!begins || has_room())) {
            ++statistics_.waiting;
            statistics_.waiting_octets += item->octets();
            waiting_.push_back({std::move(item), admission});
        }
    }
    if (item)
        item->rolled_back(base::Error(refusal)); // NOLINT(bugprone-use-after-move): empty if moved
    else
        wake_.notify_one();
}

// Looks at the items that wait, not at the new item. So the largest item is accepted when few
// octets wait.
bool Writer::has_room() const
{
    return waiting_.size() < limits_.waiting && statistics_.waiting_octets < limits_.waiting_octets;
}

void Writer::work()
{
    while (auto group = next_group()) {
        if (group->empty())
            look_around();
        else
            work_off(std::move(*group));
    }
    refuse_what_waits(base::Error(errc::locked));
    if (!lost_) last_checkpoint();
}

std::optional<Writer::Group> Writer::next_group()
{
    std::unique_lock lock(mutex_);
    if (locked_)
        wake_.wait_for(lock, lock_pause, [this] { return gives_up(); });
    else
        wake_.wait_for(lock, limits_.tick, [this] { return closed_ || !waiting_.empty(); });
    if (gives_up()) return std::nullopt;
    Group group;
    while (!waiting_.empty() && group.size() < limits_.group) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return group;
}

void Writer::work_off(Group group)
{
    const auto items = group.size();
    std::uint64_t octets = 0;
    for (const auto& entry : group)
        octets += entry.item->octets();
    commit(group);
    const std::lock_guard lock(mutex_);
    statistics_.waiting -= items - kept_.size();
    for (const auto& entry : kept_)
        octets -= entry.item->octets();
    statistics_.waiting_octets -= octets;
    // Put these items before newer ones, to keep the order.
    waiting_.insert(
        waiting_.begin(), std::make_move_iterator(kept_.begin()),
        std::make_move_iterator(kept_.end())
    );
    kept_.clear();
}

// Notices a released lock, a reader that left, or a removed file while there is nothing to write.
void Writer::look_around()
{
    if (lost_) return;
    if (const auto there = see_files(); !there) return lose(there.error());
    if (check_)
        if (const auto checked = check_(); !checked) return lose(checked.error());
    if (locked_) return look_at_lock();
    go_on_after_copying();
    if (lost_ || checkpoints_held_ || copier_.is_busy()) return;
    if (checkpoint_waits_) return checkpoint();
    if (obstacles_.log_octets() >= limits_.log_warning) start_log_over();
}

base::Result<> Writer::see_files()
{
    const auto there = files_.check();
    if (there) return {};
    return save(there.error());
}

// Saves the store after one of its files was removed or replaced: its content may be left only in
// the open files and end with the process. Returns the error with the place of what was saved.
base::Error Writer::save(base::Error error)
{
    const auto emptied = database_.checkpoint();
    if (emptied && emptied->whole && !files_.are_missing()) {
        error.detail += "; what was committed is in the database";
        return error;
    }
    const auto saved = save_copy(database_);
    error.detail += saved ? "; what it held is saved as " + saved->string() +
                                ": rename that to kurir.db, then start kurird again"
                          : "; and what it held could not be saved: " + saved.error().text();
    return error;
}

Writer::Statistics Writer::statistics() const
{
    const std::lock_guard lock(mutex_);
    return statistics_;
}

void Writer::note_commit(std::size_t items, base::Duration took)
{
    const std::lock_guard lock(mutex_);
    ++statistics_.commits;
    statistics_.items += items;
    statistics_.longest_commit = std::max(statistics_.longest_commit, took);
}

void Writer::commit(Group& group)
{
    const auto begun = std::chrono::steady_clock::now();
    auto written = lost_ ? base::Result<>(base::Error(errc::failed)) : write(group);
    if (locked_ && !is_locked(written)) note_unlocked();
    // The disk is full: drop items that start new work and retry with those that finish existing
    // work.
    if (may_write_again(written) && leave_what_ends_work(group, written.error()))
        written = write(group);
    // Empty the log, so that it starts over instead of growing.
    if (may_write_again(written) && all_end_work(group) && empty_log()) written = write(group);
    if (may_write_again(written) && all_end_work(group) && group.size() > 1)
        return commit_halves(group);
    if (is_locked(written) && !lost_) return wait_for_lock(group, written.error());
    if (written) written = see_files();
    if (written) {
        const auto took = std::chrono::steady_clock::now() - begun;
        note_commit(group.size(), std::chrono::ceil<base::Duration>(took));
        for (auto& entry : group)
            entry.item->committed();
        // Before the checkpoint, free what the items hold and remove files that no row names.
        group.clear();
        return checkpoint_if_due();
    }
    if (goes_on_after(written.error())) {
        for (auto& entry : group)
            entry.item->rolled_back(written.error());
        return;
    }
    lose(written.error());
    const base::Error failed(errc::failed, written.error().detail);
    for (auto& entry : group)
        entry.item->lost(failed);
}

// False after a failed sync: the data written since the last good sync may be on the disk or not.
bool Writer::may_write_again(const base::Result<>& written) const
{
    return is_full(written) && !lost_;
}

bool Writer::ends_work(const Entry& entry)
{
    return entry.admission == Admission::always;
}

bool Writer::all_end_work(const Group& group)
{
    return std::ranges::all_of(group, ends_work);
}

// Commits two halves: each may find the room that both together do not. If the first half must wait
// for a lock, the second waits behind it.
void Writer::commit_halves(Group& group)
{
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    Group second(std::make_move_iterator(middle), std::make_move_iterator(group.end()));
    group.erase(middle, group.end());
    commit(group);
    if (kept_.empty()) return commit(second);
    kept_.insert(
        kept_.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end())
    );
}

bool Writer::leave_what_ends_work(Group& group, const base::Error& error)
{
    const auto others = std::stable_partition(group.begin(), group.end(), ends_work);
    if (others == group.begin() || others == group.end()) return false;
    for (auto entry = others; entry != group.end(); ++entry)
        entry->item->rolled_back(error);
    group.erase(others, group.end());
    return true;
}

base::Result<> Writer::write(Group& group)
{
    auto written = write_all(group);
    if (written || !database_.in_transaction()) return written;
    if (const auto undone = database_.run("ROLLBACK"); !undone)
        return base::Error(errc::failed, undone.error().detail);
    return written;
}

base::Result<> Writer::write_all(Group& group)
{
    if (const auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    try {
        for (auto& entry : group)
            if (const auto performed = perform(*entry.item); !performed) return performed.error();
    } catch (const std::bad_alloc&) {
        return base::Error(errc::unavailable, "no memory");
    }
    return database_.run("COMMIT");
}

base::Result<> Writer::perform(Item& item)
{
    if (const auto saved = database_.run("SAVEPOINT item"); !saved) return saved.error();
    if (const auto ran = item.run(database_); !ran) {
        if (is_of_storage(ran.error())) return ran.error();
        if (const auto undone = database_.run("ROLLBACK TO item"); !undone) return undone.error();
    }
    return database_.run("RELEASE item");
}

} // namespace queue
