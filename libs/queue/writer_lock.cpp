// SPDX-License-Identifier: Apache-2.0
// The writer while another process holds the database's lock.
#include "queue/writer.hpp"

#include <algorithm>
#include <iterator>

namespace queue {

bool Writer::goes_on_after(const base::Error& error)
{
    return error.code == base::errc::disk_full || error.code == errc::unavailable;
}

bool Writer::is_locked(const base::Result<>& written)
{
    return !written && written.error().code == errc::locked;
}

// A closed writer still writes all waiting items. It gives up only while the lock is held, at
// give_up_.
bool Writer::gives_up() const
{
    return closed_ &&
           (waiting_.empty() || (locked_ && std::chrono::steady_clock::now() >= give_up_));
}

Writer::Group Writer::take_what_begins_work()
{
    const auto begins =
        std::stable_partition(waiting_.begin(), waiting_.end(), [](const Entry& entry) {
            return ends_work(entry);
        });
    Group taken(std::make_move_iterator(begins), std::make_move_iterator(waiting_.end()));
    waiting_.erase(begins, waiting_.end());
    statistics_.waiting -= taken.size();
    for (const auto& entry : taken)
        statistics_.waiting_octets -= entry.item->octets();
    return taken;
}

// Refuses new work at once, so that a client has its answer within a second. Items that finish work
// stay in their order until the lock is released, or until the limit of a stop.
void Writer::wait_for_lock(Group& group, const base::Error& error)
{
    Group refused;
    bool may_wait = true;
    {
        const std::lock_guard lock(mutex_);
        locked_ = true;
        may_wait = !wait_limit_ || std::chrono::steady_clock::now() < *wait_limit_;
        refused = take_what_begins_work();
    }
    obstacles_.lock_begins();
    for (auto& entry : group) {
        if (may_wait && ends_work(entry)) {
            kept_.push_back(std::move(entry));
            continue;
        }
        if (ends_work(entry)) ++not_written_;
        entry.item->rolled_back(error);
    }
    group.clear();
    for (auto& entry : refused)
        entry.item->rolled_back(error);
    obstacles_.locked();
}

void Writer::note_unlocked()
{
    // Losing the storage does not release the lock.
    if (!lost_) obstacles_.unlocked();
    const std::lock_guard lock(mutex_);
    locked_ = false;
}

void Writer::refuse_what_waits(const base::Error& error)
{
    std::deque<Entry> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(waiting_);
        statistics_.waiting = 0;
        statistics_.waiting_octets = 0;
    }
    not_written_ += left.size();
    for (auto& entry : left)
        entry.item->rolled_back(error);
}

base::Result<> Writer::try_lock()
{
    if (const auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    return database_.run("ROLLBACK");
}

void Writer::look_at_lock()
{
    const auto tried = try_lock();
    if (tried) return note_unlocked();
    if (is_locked(tried)) return obstacles_.locked();
    if (!goes_on_after(tried.error())) lose(tried.error());
}

} // namespace queue
