// SPDX-License-Identifier: Apache-2.0
// Compares the figures with the watermarks. Between its two watermarks, a shortage stays as it is,
// so that it does not begin and end with every message.
#include "msh/pressure.hpp"

#include <algorithm>

namespace msh {

namespace {

// Whether there is a shortage, for a figure that grows with it.
bool above(std::uint64_t figure, std::uint64_t close, std::uint64_t open, bool was)
{
    return was ? figure > open : figure >= close;
}

} // namespace

std::string_view to_text(Shortage shortage)
{
    switch (shortage) {
    case Shortage::disk:
        return "disk";
    case Shortage::inodes:
        return "inodes";
    case Shortage::lock:
        return "lock";
    case Shortage::log:
        return "log";
    case Shortage::queue:
        return "queue";
    case Shortage::memory:
        return "memory";
    case Shortage::concurrency:
        return "concurrency";
    case Shortage::backlog:
        return "backlog";
    case Shortage::drained:
        return "drained";
    case Shortage::stopping:
        return "stopping";
    }
    return "?";
}

errc error_of(Shortage shortage)
{
    switch (shortage) {
    case Shortage::disk:
    case Shortage::inodes:
        return errc::disk_short;
    case Shortage::lock:
        return errc::store_locked;
    case Shortage::log:
        return errc::log_long;
    case Shortage::queue:
        return errc::queue_full;
    case Shortage::memory:
    case Shortage::concurrency:
    case Shortage::backlog:
        return errc::busy;
    case Shortage::drained:
        return errc::drained;
    case Shortage::stopping:
        return errc::stopping;
    }
    return errc::busy;
}

std::vector<Pressure::Transition> Pressure::observe(const Load& load)
{
    std::vector<Transition> transitions;
    const auto transition = [&](Shortage shortage, bool& was, bool is) {
        if (was != is) transitions.push_back({shortage, is});
        was = is;
    };
    load_ = load;
    observed_ = true;
    const auto enough = disk_ ? marks_.disk_resume : marks_.disk_stop;
    transition(Shortage::disk, disk_, load.disk_free < enough);
    transition(
        Shortage::queue, queue_, above(load.queued, marks_.queue_stop, marks_.queue_resume, queue_)
    );
    transition(
        Shortage::memory, work_,
        above(load.waiting_octets, marks_.memory_stop, marks_.memory_resume, work_)
    );
    const auto enough_inodes = inodes_ ? marks_.inodes_resume : marks_.inodes_stop;
    transition(Shortage::inodes, inodes_, load.inodes_free && *load.inodes_free < enough_inodes);
    // A log is emptied at once, so it needs no second watermark.
    transition(Shortage::log, log_, load.log_octets >= marks_.log_stop);
    transition(Shortage::lock, lock_, load.locked);
    return transitions;
}

std::optional<Shortage> Pressure::of_messages(std::uint64_t octets) const
{
    if (lock_) return Shortage::lock;
    if (disk_) return Shortage::disk;
    if (inodes_) return Shortage::inodes;
    if (log_) return Shortage::log;
    const auto room = load_.disk_free - std::min(load_.disk_free, marks_.disk_stop);
    if (observed_ && octets > room) return Shortage::disk;
    if (work_) return Shortage::memory;
    return std::nullopt;
}

std::optional<Shortage> Pressure::of_submissions(std::uint64_t octets) const
{
    if (const auto either = of_messages(octets)) return either;
    if (queue_) return Shortage::queue;
    return std::nullopt;
}

std::chrono::seconds Pressure::retry_after(Shortage why, std::uint32_t chance) const
{
    const bool passes = error_of(why) == errc::busy || why == Shortage::lock;
    const auto base = passes ? marks_.retry_after / 6 : marks_.retry_after;
    const auto more = base.count() / 2 * (chance % 1024) / 1024;
    const auto told = std::chrono::ceil<std::chrono::seconds>(base + base::Duration(more));
    return std::max(told, std::chrono::seconds(1));
}

std::vector<Shortage> Pressure::short_of() const
{
    std::vector<Shortage> found;
    if (lock_) found.push_back(Shortage::lock);
    if (disk_) found.push_back(Shortage::disk);
    if (inodes_) found.push_back(Shortage::inodes);
    if (log_) found.push_back(Shortage::log);
    if (queue_) found.push_back(Shortage::queue);
    if (work_) found.push_back(Shortage::memory);
    return found;
}

} // namespace msh
