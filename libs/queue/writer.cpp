// SPDX-License-Identifier: Apache-2.0
// Group commit. A full disk fails one group, or of it what only begins work, and the service goes
// on; any other trouble of the storage ends all writing, for after a failed sync nobody knows what
// the disk holds.
#include "queue/writer.hpp"

#include <algorithm>
#include <iterator>

namespace queue {
namespace {

// An error of the storage, not of the item that met it.
bool is_of_storage(const base::Error& error)
{
    return error.code == errc::failed || error.code == errc::damaged ||
           error.code == base::errc::disk_full;
}

bool is_full(const base::Result<>& written)
{
    return !written && written.error().code == base::errc::disk_full;
}

} // namespace

Writer::Writer(Connection database, Limits limits, std::function<void(const base::Error&)> on_lost)
    : database_(std::move(database)), limits_(limits), on_lost_(std::move(on_lost))
{
    database_.take_over_checkpoints();
    thread_ = std::thread([this] { work(); });
}

Writer::~Writer()
{
    close();
}

void Writer::close()
{
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Writer::lose(const base::Error& error)
{
    if (!lost_.exchange(true) && on_lost_) on_lost_(error);
}

void Writer::submit(std::unique_ptr<Item> item, Admission admission)
{
    {
        const std::lock_guard lock(mutex_);
        if (!closed_ && (admission == Admission::always || has_room())) {
            ++statistics_.waiting;
            statistics_.waiting_octets += item->octets();
            waiting_.push_back({std::move(item), admission});
        }
    }
    if (item)
        item->rolled_back(base::Error(errc::stopped));
    else
        wake_.notify_one();
}

// By what is there, not by what comes: the largest item is taken when little waits.
bool Writer::has_room() const
{
    return waiting_.size() < limits_.waiting && statistics_.waiting_octets < limits_.waiting_octets;
}

void Writer::work()
{
    while (true) {
        auto group = next_group();
        if (group.empty()) break;
        work_off(std::move(group));
    }
    // Here and not when SQLite closes, which would tell nobody of a failed sync.
    if (!lost_) checkpoint(Connection::Checkpoint::passive);
}

Writer::Group Writer::next_group()
{
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
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
    statistics_.waiting -= items;
    statistics_.waiting_octets -= octets;
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
    // What only begins work has taken the room of what ends some.
    if (may_write_again(written) && leave_what_ends_work(group, written.error()))
        written = write(group);
    // A log that cannot grow can start over.
    if (may_write_again(written) && all_end_work(group) && empty_log()) written = write(group);
    if (may_write_again(written) && all_end_work(group) && group.size() > 1)
        return commit_halves(group);
    if (written) {
        const auto took = std::chrono::steady_clock::now() - begun;
        note_commit(group.size(), std::chrono::ceil<base::Duration>(took));
        for (auto& entry : group)
            entry.item->committed();
        group.clear(
        ); // frees what the items hold, and the files nobody named, before the checkpoint
        return checkpoint();
    }
    if (is_full(written)) {
        for (auto& entry : group)
            entry.item->rolled_back(written.error());
        return;
    }
    lose(written.error());
    const base::Error failed(errc::failed, written.error().detail);
    for (auto& entry : group)
        entry.item->lost(failed);
}

// Not after a failed sync: what was written since the last good one may be there or not.
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

bool Writer::empty_log()
{
    if (checkpoints_held_) return false;
    checkpoint(Connection::Checkpoint::passive);
    return !lost_;
}

// Each may find the room that both together do not.
void Writer::commit_halves(Group& group)
{
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    Group second(std::make_move_iterator(middle), std::make_move_iterator(group.end()));
    group.erase(middle, group.end());
    commit(group);
    commit(second);
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
    for (auto& entry : group)
        if (const auto performed = perform(*entry.item); !performed) return performed.error();
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

// Here and not inside SQLite's commit: nobody waits for it, and its failed sync is seen.
void Writer::checkpoint()
{
    constexpr int restart = 4; // readers kept the log from starting over for too long
    const int pages = database_.log_pages();
    if (pages < limits_.checkpoint_pages || checkpoints_held_) return;
    checkpoint(
        pages < restart * limits_.checkpoint_pages ? Connection::Checkpoint::passive
                                                   : Connection::Checkpoint::restart
    );
}

void Writer::checkpoint(Connection::Checkpoint kind)
{
    const auto done = database_.checkpoint(kind);
    if (!done && done.error().code != base::errc::disk_full) lose(done.error());
}

} // namespace queue
