// SPDX-License-Identifier: Apache-2.0
// Copies a long write-ahead log into the database, on a thread and a connection of its own. The
// writer goes on meanwhile, because copying 4 GB takes most of a minute.
#pragma once

#include "queue/sqlite.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <optional>

namespace queue {

// Used by one thread only, the writer's.
class LogCopier {
public:
    explicit LogCopier(base::Path database) : database_(std::move(database)) {}
    ~LogCopier() { stop(); }
    LogCopier(const LogCopier&) = delete;
    LogCopier& operator=(const LogCopier&) = delete;

    // Does nothing while a copy runs, or while its result has not been taken.
    void start();
    bool is_busy() const { return done_.valid(); }
    void wait() const; // returns when the result can be taken
    // Returns the result once, as soon as there is one. Errors as of Connection::open and
    // checkpoint.
    std::optional<base::Result<Connection::Checkpointed>> take();
    // Interrupts the copying and waits for its end. Pages that were not copied stay in the log.
    void stop();

private:
    base::Result<Connection::Checkpointed> copy();

    base::Path database_;
    std::mutex mutex_;              // guards the two members below
    Connection* running_ = nullptr; // set while it copies
    bool stopped_ = false;
    // The last member, because its thread uses all members above.
    std::future<base::Result<Connection::Checkpointed>> done_;
};

} // namespace queue
