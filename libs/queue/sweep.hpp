// SPDX-License-Identifier: Apache-2.0
// Removes payload files of earlier runs that no row names: what a crash left between a file and its
// row. A start looks at some of them only; the rest is done in steps beside the work, so that a
// million payloads do not keep the service from its doors.
#pragma once

#include "queue/payloads.hpp"
#include "queue/readers.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace queue {

// One pass over the folder. Files of this run are not touched: their rows may be on the way.
class Sweep {
public:
    static base::Result<Sweep> begin(const PayloadFolder& folder);
    // Looks at `most` names; false: that was the last.
    base::Result<bool> step(Connection& database, std::size_t max);
    std::uint64_t removed() const { return removed_; }

private:
    Sweep(const PayloadFolder& folder, base::FolderNames names)
        : folder_(&folder), names_(std::move(names))
    {
    }
    base::Result<> look_at(Connection& database, const std::string& name);

    const PayloadFolder* folder_;
    base::FolderNames names_;
    std::uint64_t removed_ = 0;
};

// The thread that goes on with a sweep, pausing between its steps.
class Sweeper {
public:
    // on_error is told at most once, and nothing more is swept in this run.
    Sweeper(Sweep sweep, Readers& readers, std::function<void(const base::Error&)> on_error);
    ~Sweeper(); // close()
    Sweeper(const Sweeper&) = delete;
    Sweeper& operator=(const Sweeper&) = delete;
    void close(); // after the step that runs
    bool done() const { return done_; }

private:
    void work();
    base::Result<bool> step();
    bool pause(); // false: closed

    Sweep sweep_;
    Readers& readers_;
    std::function<void(const base::Error&)> on_error_;
    std::atomic<bool> done_ = false;
    std::mutex mutex_; // guards closed_
    std::condition_variable wake_;
    bool closed_ = false;
    std::thread thread_; // last: it uses all above
};

} // namespace queue
