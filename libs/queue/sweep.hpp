// SPDX-License-Identifier: Apache-2.0
// Removes payload files of earlier runs that no row names, left by a crash between a file and its
// row. A start checks only some of them. The rest is checked in steps beside other work, so that a
// million payloads do not delay the start of the service.
#pragma once

#include "queue/payloads.hpp"
#include "queue/readers.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace queue {

// One pass over the folder. Files of this run are not touched, because their rows may not be
// written yet.
class Sweep {
public:
    static base::Result<Sweep> begin(const PayloadFolder& folder);
    // Checks up to `max` names. False: these were the last.
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

// The thread that continues a sweep and pauses between its steps.
class Sweeper {
public:
    // Calls on_error at most once. After an error nothing more is swept in this run.
    Sweeper(Sweep sweep, Readers& readers, std::function<void(const base::Error&)> on_error);
    ~Sweeper(); // calls close()
    Sweeper(const Sweeper&) = delete;
    Sweeper& operator=(const Sweeper&) = delete;
    void close(); // waits for the step that runs
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
    std::thread thread_; // last: it uses all members above
};

} // namespace queue
