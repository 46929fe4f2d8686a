// SPDX-License-Identifier: Apache-2.0
// Whether we may take more in: watermarks of disk, queue and work with hysteresis, looked at before
// a request's body is read (design 2, promise 8). Pure: figures and chance are parameters.
#pragma once

#include "base/time.hpp"
#include "msh/errc.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace msh {

// Above `close` (for disk: below) a door closes; it opens again at `open`.
struct Watermarks {
    // Free octets. What is kept free below disk_stop is for what empties the queue: settlements,
    // leases, acknowledgements and the store's own log.
    std::uint64_t disk_stop = 1ull << 30;
    std::uint64_t disk_resume = (1ull << 30) * 3 / 2;
    std::uint64_t queue_stop = 2'000'000; // outbound messages that are not final
    std::uint64_t queue_resume = 1'900'000;
    // More messages than this that wait for their first attempt, to peers that take messages, mean
    // that sending is behind: then as many are taken in as leave (Backlog).
    std::uint64_t backlog_limit = 200;
    std::uint64_t backlog_min_rate = 16;                   // taken in a second whatever leaves
    base::Duration backlog_wait = std::chrono::seconds(5); // that a submission waits for that
    std::uint64_t memory_stop = 48ull << 20; // octets in memory that wait for the writer
    std::uint64_t memory_resume = 24ull << 20;
    base::Duration retry_after = std::chrono::seconds(30);
    std::uint64_t log_stop = 4ull << 30; // octets of the store's log that a reader holds
    std::uint64_t inodes_stop = 1000;    // free inodes; each large payload is a file
    std::uint64_t inodes_resume = 1500;
};

// `lock`: another process holds the store's. `log`: a reader keeps the store's log from being
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
// What a submission meets: errc::disk_short (disk, inodes), queue_full, busy (work, places,
// behind), store_locked, log_long, drained, stopping.
errc error_of(Shortage shortage);

struct Load {
    std::uint64_t disk_free = 0;
    std::uint64_t queued = 0;
    std::uint64_t waiting_octets = 0;
    std::uint64_t log_octets = 0;
    bool locked = false;
    std::optional<std::uint64_t> inodes_free = {}; // nothing: the file system has no fixed number
};

class Pressure {
public:
    explicit Pressure(const Watermarks& marks) : marks_(marks) {}

    struct Transition {
        Shortage shortage = Shortage::disk;
        bool begun = false; // else it ended
    };
    // The figures of now, and what began or ended by them: each is told once. Until the first call
    // nothing is short.
    std::vector<Transition> observe(const Load& load);
    // lock, then disk, inodes, log, work, then queue (which closes the way in for submissions
    // only). `octets` is what the client says that its body has: it must fit above disk_stop.
    std::optional<Shortage> of_submissions(std::uint64_t octets = 0) const;
    std::optional<Shortage> of_messages(std::uint64_t octets = 0) const;
    // Half of what is reserved is gone: what has begun to arrive is stopped, too.
    bool exhausted() const { return observed_ && load_.disk_free < marks_.disk_stop / 2; }

    // What a client is told to wait: a sixth of Watermarks::retry_after for what passes quickly
    // (work, places, behind), and up to half as long more by `chance`, so that not all come back at
    // once.
    std::chrono::seconds retry_after(Shortage why, std::uint32_t chance) const;

    // A submission was kept since the queue was last counted.
    void added() { ++load_.queued; }

    bool measured() const { return observed_; }
    const Load& load() const { return load_; }
    const Watermarks& marks() const { return marks_; }
    std::vector<Shortage> short_of() const; // those measured shortages that close a door now
    // Counts an answer "not now", for metrics.
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
