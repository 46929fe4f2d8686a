// SPDX-License-Identifier: Apache-2.0
// A few read-only connections. Each serves one reader at a time, and no read waits for the writer.
#pragma once

#include "queue/sqlite.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace queue {

class Readers {
public:
    explicit Readers(base::Path file) : file_(std::move(file)) {}
    ~Readers() { close(); }
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    // A connection and one consistent snapshot of the store, until destruction.
    class Snapshot {
    public:
        Snapshot(Snapshot&& other) noexcept
            : readers_(std::exchange(other.readers_, nullptr)),
              database_(std::move(other.database_))
        {
        }
        Snapshot& operator=(Snapshot&&) = delete;
        ~Snapshot();
        Connection& database() { return database_; }

    private:
        friend class Readers;
        Snapshot(Readers& readers, Connection database)
            : readers_(&readers), database_(std::move(database))
        {
        }
        Readers* readers_;
        Connection database_;
    };
    // Waits while all connections are in use. errc::stopped after close().
    base::Result<Snapshot> snapshot();
    void close(); // waits for connections in use

private:
    static constexpr std::size_t max_connections = 8;
    base::Result<Connection> take();
    void give_back(std::optional<Connection> connection);

    base::Path file_;
    std::mutex mutex_; // guards all members below
    std::condition_variable changed_;
    std::vector<Connection> free_;
    std::size_t in_use_ = 0;
    bool closed_ = false;
};

} // namespace queue
