// SPDX-License-Identifier: Apache-2.0
// Whether the service may accept more: watermarks with hysteresis for disk, queue and memory,
// checked before a request's body is read (design 2, promise 8). Pure: figures and chance are
// parameters.
#pragma once

#include "base/time.hpp"
#include "msh/errc.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace msh {

// A shortage begins at `stop` and ends at `resume`. Free space and free inodes count downwards, the
// other figures upwards.
struct Watermarks {
    // Free octets. Space below disk_stop is reserved for work that empties the queue: settlements,
    // leases, acknowledgements and the store's own log.
    std::uint64_t disk_stop = 1ull << 30;
    std::uint64_t disk_resume = (1ull << 30) * 3 / 2;
    std::uint64_t queue_stop = 2'000'000; // outbound messages that are not final
    std::uint64_t queue_resume = 1'900'000;
    // Maximum number of messages that wait for their first attempt to a peer that accepts messages.
    // Above it there is a backlog, and only as many submissions are accepted as messages leave
    // (Backlog).
    std::uint64_t backlog_limit = 200;
    // Submissions accepted between two counts (one second) during a backlog, even if none leaves.
    std::uint64_t backlog_min_rate = 16;
    base::Duration backlog_wait = std::chrono::seconds(5); // maximum wait of a submission then
    std::uint64_t memory_stop = 48ull << 20; // octets in memory that wait for the writer
    std::uint64_t memory_resume = 24ull << 20;
    base::Duration retry_after = std::chrono::seconds(30);
    std::uint64_t log_stop = 4ull << 30; // octets of the store's log that a reader keeps
    std::uint64_t inodes_stop = 1000;    // free inodes; each large payload is a file
    std::uint64_t inodes_resume = 1500;
};

// `lock`: another process holds the store's lock. `log`: a reader keeps the store's log from being
// emptied.
enum class Shortage {
    disk,
    inodes,
    queue,
    memory,
    lock,
    log,
    concurrency,
    backlog,
    drained,
    stopping
};
inline constexpr std::size_t shortages = 10;
std::string_view to_text(Shortage shortage);
// The error that a submission gets: errc::disk_short (disk, inodes), queue_full (queue), busy
// (memory, concurrency, backlog), store_locked (lock), log_long (log), drained, stopping.
errc error_of(Shortage shortage);

struct Load {
    std::uint64_t disk_free = 0;
    std::uint64_t queued = 0;
    std::uint64_t waiting_octets = 0;
    std::uint64_t log_octets = 0;
    bool locked = false;
    std::optional<std::uint64_t> inodes_free = {}; // nothing: no fixed number in this file system
};

class Pressure {
public:
    explicit Pressure(const Watermarks& marks) : marks_(marks) {}

    struct Transition {
        Shortage shortage = Shortage::disk;
        bool begun = false; // false: it ended
    };
    // Takes the current figures. Returns the shortages that begin or end with them, each once.
    // Before the first call there is no shortage.
    std::vector<Transition> observe(const Load& load);
    // Returns the first shortage in the order lock, disk, inodes, log, memory, queue. The queue
    // closes for submissions only. `octets` is the length that the client announces for its body:
    // it must fit into the free space above disk_stop.
    std::optional<Shortage> of_submissions(std::uint64_t octets = 0) const;
    std::optional<Shortage> of_messages(std::uint64_t octets = 0) const;
    // Whether half of the reserved space is used. Then even a body that is being read is stopped.
    bool exhausted() const { return observed_ && load_.disk_free < marks_.disk_stop / 2; }

    // The wait that a client is told: Watermarks::retry_after, or a sixth of it for short shortages
    // (memory, concurrency, backlog, lock). Jitter by `chance` adds up to half as much again, so
    // that clients do not all return at once.
    std::chrono::seconds retry_after(Shortage why, std::uint32_t chance) const;

    // Adds a submission that was stored since the queue was last counted.
    void added() { ++load_.queued; }

    bool measured() const { return observed_; }
    const Load& load() const { return load_; }
    const Watermarks& marks() const { return marks_; }
    std::vector<Shortage> short_of() const; // the current measured shortages
    // Counts a refusal, for metrics.
    void refused(Shortage why) { ++refusals_[static_cast<std::size_t>(why)]; }
    const std::array<std::uint64_t, shortages>& refusals() const { return refusals_; }

private:
    Watermarks marks_;
    Load load_;
    bool observed_ = false;
    bool disk_ = false;
    bool inodes_ = false;
    bool queue_ = false;
    bool work_ = false;
    bool lock_ = false;
    bool log_ = false;
    std::array<std::uint64_t, shortages> refusals_{};
};

} // namespace msh
