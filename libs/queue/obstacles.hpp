// SPDX-License-Identifier: Apache-2.0
// Obstacles that other processes put in the writer's way: a lock on the database, or a reader whose
// old snapshot keeps the write-ahead log from being emptied. Each is logged when it begins, with
// the process if Linux shows it, and when it ends. Our own backup is such a reader. If another
// program still holds the log after the backup, it is logged again.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace queue {

struct Obstacle {
    base::Time since;
    std::string by;   // for people: "pid 4711 (sqlite3)"
    bool own = false; // our own backup, which ends by itself
};

class Obstacles {
public:
    // A log of `log_warning` octets or more that cannot be emptied is an obstacle. The process is
    // looked up again after `between_looks`.
    Obstacles(
        base::Path database, std::uint64_t log_warning,
        base::Duration between_looks = std::chrono::seconds(10)
    );

    // --- On the writer's thread; these may read /proc, except lock_begins().
    void lock_begins(); // shows the lock at once, before its process is known
    void locked();      // for each write that failed because of a lock
    void unlocked();
    // The log uses this many octets. `backup`: our own backup holds it.
    void log_is(std::uint64_t octets, bool backup);
    // All of the log is in the database, or is being copied there. Only the next write shows
    // whether the log starts over, because a reader at the log's end prevents that. So an obstacle
    // neither begins nor ends here.
    void log_is_copied(std::uint64_t octets) { log_octets_ = octets; }

    // --- On any thread.
    std::uint64_t log_octets() const { return log_octets_; }
    std::optional<Obstacle> lock() const;
    std::optional<Obstacle> log() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Episode {
        Obstacle obstacle;
        Clock::time_point begun;
        std::optional<Clock::time_point> looked; // last look-up of the process
    };
    enum class Kind { lock, log };
    std::string who(Kind kind, bool backup) const;
    void begin(std::optional<Episode>& episode);
    // Looks the process up if that is due. True: the result is to be logged. That is so at the
    // first look-up, and when our backup has begun or ended since the last one.
    bool look(std::optional<Episode>& episode, Kind kind, bool backup);
    std::optional<Episode> end(std::optional<Episode>& episode);

    base::Path database_;
    std::uint64_t log_warning_;
    base::Duration between_looks_;
    std::atomic<std::uint64_t> log_octets_ = 0;
    mutable std::mutex mutex_; // guards the two members below; only the writer changes them
    std::optional<Episode> lock_;
    std::optional<Episode> log_;
};

} // namespace queue
