// SPDX-License-Identifier: Apache-2.0
// What other processes do that keeps the writer from its work: a lock on the database, or a reader
// whose old state of the store keeps the write-ahead log from being emptied. Each is logged when it
// begins, with the process where Linux can tell, and once when it is over. Our own backup is such a
// reader. A log that a program holds after the backup is logged anew.
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
    bool own = false; // a backup of ours, which ends by itself
};

class Obstacles {
public:
    // A log of `log_warning` octets or more that cannot be emptied is one. The process is looked
    // for again after `between_looks`.
    Obstacles(
        base::Path database, std::uint64_t log_warning,
        base::Duration between_looks = std::chrono::seconds(10)
    );

    // --- On the writer's thread; these may read /proc, except lock_begins().
    void lock_begins(); // known to others from now on; the process is not yet
    void locked();      // at each try to write that failed for a lock
    void unlocked();
    // Octets of the log in use. `backup`: our own backup holds it.
    void log_is(std::uint64_t octets, bool backup);
    // All of the log is in the database, or is being copied there. Only the next write shows
    // whether the log starts over: a reader at the log's end prevents that. So an episode goes on,
    // and none begins.
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
        std::optional<Clock::time_point> looked; // for the process
    };
    enum class Kind { lock, log };
    std::string who(Kind kind, bool backup) const;
    void begin(std::optional<Episode>& episode);
    // True: the process was looked for, for the first time or for the first time after our backup.
    bool look(std::optional<Episode>& episode, Kind kind, bool backup);
    std::optional<Episode> end(std::optional<Episode>& episode);

    base::Path database_;
    std::uint64_t log_warning_;
    base::Duration between_looks_;
    std::atomic<std::uint64_t> log_octets_ = 0;
    mutable std::mutex mutex_; // guards the two below; only the writer changes them
    std::optional<Episode> lock_;
    std::optional<Episode> log_;
};

} // namespace queue
