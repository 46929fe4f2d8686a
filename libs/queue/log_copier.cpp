// SPDX-License-Identifier: Apache-2.0
#include "queue/log_copier.hpp"

#include <chrono>
#include <system_error>

namespace queue {

void LogCopier::start()
{
    if (is_busy()) return;
    try {
        done_ = std::async(std::launch::async, [this] { return copy(); });
    } catch (const std::system_error&) {
        return; // no thread is available: the caller tries again later
    }
}

void LogCopier::wait() const
{
    if (is_busy()) done_.wait();
}

std::optional<base::Result<Connection::Checkpointed>> LogCopier::take()
{
    if (!is_busy()) return std::nullopt;
    if (done_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    return done_.get();
}

void LogCopier::stop()
{
    {
        const std::lock_guard guard(mutex_);
        stopped_ = true;
        if (running_ != nullptr) running_->interrupt();
    }
    wait();
}

base::Result<Connection::Checkpointed> LogCopier::copy()
{
    auto database = Connection::open(database_, Connection::Access::read_write);
    if (!database) return database.error();
    if (const auto set = database->script("PRAGMA synchronous = FULL"); !set) return set.error();
    {
        const std::lock_guard guard(mutex_);
        if (stopped_) return Connection::Checkpointed{};
        running_ = &*database;
    }
    auto done = database->checkpoint();
    const std::lock_guard guard(mutex_);
    running_ = nullptr;
    return done;
}

} // namespace queue
