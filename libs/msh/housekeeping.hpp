// SPDX-License-Identifier: Apache-2.0
// Work on the store that is nobody's message: retention and backups. It blocks for long, so it has
// a thread of its own, on which one thing is done at a time.
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

// The backup that runs, or the last one.
struct Backup {
    enum class Stage { none, running, done, failed } stage = Stage::none;
    base::Path folder; // on the machine of the service
    base::Time started;
    std::optional<base::Time> ended;
    std::uint64_t octets = 0; // done so far
    std::uint64_t of = 0;     // as far as it is known
    queue::BackedUp made;     // once it is done
    base::Error error;        // if it failed
};

struct Housekeeping {
    explicit Housekeeping(const asio::any_io_executor& executor) : pause(executor) {}

    asio::thread_pool thread{1};
    asio::steady_timer pause; // between steps and runs of retention
    queue::Retained retained; // since the start
    base::Time started = base::now();
    std::chrono::steady_clock::time_point ticking = std::chrono::steady_clock::now(); // since then
    Backup backup;
    std::shared_ptr<queue::BackupProgress> progress = std::make_shared<queue::BackupProgress>();

    bool backs_up() const { return backup.stage == Backup::Stage::running; }
    void stop(); // a backup that runs ends soon, and leaves nothing
};

// The time for retention. A clock that jumps ahead makes nothing old: time passes no faster than
// `running`, but for an hour. What was kept too long goes after the next start.
base::Time believed(base::Time now, base::Time started, base::Duration running);

asio::awaitable<void> retention_loop(std::shared_ptr<State> state);
asio::awaitable<void> back_up(std::shared_ptr<State> state); // housekeeping.backup says where to

} // namespace msh
