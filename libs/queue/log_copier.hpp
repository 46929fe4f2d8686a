// SPDX-License-Identifier: Apache-2.0
// Copies a long write-ahead log into the database, on a thread and a connection of its own. The
// writer goes on meanwhile: 4 GB take the better part of a minute.
#pragma once

#include "queue/sqlite.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <optional>

namespace queue {

// For one thread, the writer's.
class LogCopier {
public:
    explicit LogCopier(base::Path database) : database_(std::move(database)) {}
    ~LogCopier() { stop(); }
    LogCopier(const LogCopier&) = delete;
    LogCopier& operator=(const LogCopier&) = delete;

    void start(); // nothing happens while one runs, or its result has not been taken
    bool is_busy() const { return done_.valid(); }
    void wait() const; // until the result can be taken
    // The result, once, as soon as there is one. Errors as of Connection::open and checkpoint.
    std::optional<base::Result<Connection::Checkpointed>> take();
    // Interrupts the copying and waits for its end. What was not copied stays in the log.
    void stop();

private:
    base::Result<Connection::Checkpointed> copy();

    base::Path database_;
    std::mutex mutex_;              // guards the two below
    Connection* running_ = nullptr; // while it copies
    bool stopped_ = false;
    std::future<base::Result<Connection::Checkpointed>> done_; // last: its thread uses all above
};

} // namespace queue
