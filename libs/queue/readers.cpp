// SPDX-License-Identifier: Apache-2.0
// Connections are opened when first needed and kept with their prepared statements.
#include "queue/readers.hpp"

namespace queue {

Readers::Snapshot::~Snapshot()
{
    if (readers_ == nullptr) return;
    // A connection that cannot end its transaction is closed, not used again.
    if (database_.run("COMMIT"))
        readers_->give_back(std::move(database_));
    else
        readers_->give_back(std::nullopt);
}

base::Result<Readers::Snapshot> Readers::snapshot()
{
    auto connection = take();
    if (!connection) return connection.error();
    if (const auto begun = connection->run("BEGIN"); !begun) {
        give_back(std::nullopt);
        return begun.error();
    }
    return Snapshot(*this, std::move(*connection));
}

base::Result<Connection> Readers::take()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || in_use_ < max_connections; });
    if (closed_) return base::Error(errc::stopped);
    ++in_use_;
    if (!free_.empty()) {
        auto connection = std::move(free_.back());
        free_.pop_back();
        return connection;
    }
    lock.unlock();
    auto opened = Connection::open(file_, Connection::Access::read_only);
    if (!opened) give_back(std::nullopt);
    return opened;
}

void Readers::give_back(std::optional<Connection> connection)
{
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection && !closed_) free_.push_back(std::move(*connection));
    changed_.notify_all();
}

void Readers::close()
{
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return in_use_ == 0; });
    free_.clear();
}

} // namespace queue
