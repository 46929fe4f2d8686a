// SPDX-License-Identifier: Apache-2.0
// Work on the store that belongs to no message: retention and backups. It blocks for a long time,
// so it has its own thread, which runs one task at a time.
#pragma once

#include "queue/queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace msh {

namespace asio = boost::asio;

struct State; // state.hpp

// The running backup, or the last one.
struct Backup {
    enum class Stage { none, running, done, failed } stage = Stage::none;
    base::Path folder; // on the machine of the service
    base::Time started;
    std::optional<base::Time> ended;
    std::uint64_t octets = 0; // copied so far
    std::uint64_t of = 0;     // total, as far as it is known
    queue::BackedUp made;     // if it is done
    base::Error error;        // if it failed
};

struct Housekeeping {
    explicit Housekeeping(const asio::any_io_executor& executor) : pause(executor) {}

    asio::thread_pool thread{1};
    asio::steady_timer pause; // between steps and runs of retention
    queue::Retained retained; // removed since the start
    base::Time started = base::now();
    // The monotonic clock at `started`.
    std::chrono::steady_clock::time_point ticking = std::chrono::steady_clock::now();
    Backup backup;
    std::shared_ptr<queue::BackupProgress> progress = std::make_shared<queue::BackupProgress>();

    bool backs_up() const { return backup.stage == Backup::Stage::running; }
    // Ends a running backup soon, which then leaves no files, and ends the pause of retention.
    void stop();
};

// The time for retention. If the clock jumps ahead, no message may look old. So time passes no
// faster than `running`, with a tolerance of one hour. Messages kept too long because of this are
// removed after the next start.
base::Time believed(base::Time now, base::Time started, base::Duration running);

asio::awaitable<void> retention_loop(std::shared_ptr<State> state);
asio::awaitable<void> back_up(std::shared_ptr<State> state); // to housekeeping.backup.folder

} // namespace msh
