// SPDX-License-Identifier: Apache-2.0
// A writer on a small table, for the tests of the writer.
#pragma once

#include "queue/schema.hpp"
#include "queue/writer.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace queue {

using Outcome = base::Result<std::int64_t>;
using Run = std::function<Outcome(Connection&, PayloadFiles&)>;

// A writer on a small table, whose group is held back until all its items are there.
struct Bench {
    explicit Bench(Writer::Limits limits = {})
    {
        const auto file = folder.path() / "test.db";
        auto database = Connection::open(file, Connection::Access::read_write);
        REQUIRE(database);
        REQUIRE(prepare_store(*database, file, base::Time()));
        REQUIRE(database->script("CREATE TABLE t (a TEXT NOT NULL UNIQUE, octets BLOB) STRICT"));
        writer.emplace(std::move(*database), StoreFiles(), limits, [this](const base::Error&) {
            ++lost;
        });
    }
    std::future<Outcome> submit(
        Run run, Writer::Admission admission = Writer::Admission::limited, std::uint64_t octets = 0
    )
    {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto future = promise->get_future();
        auto done = [promise](Outcome outcome) { promise->set_value(std::move(outcome)); };
        using Work = Write<std::int64_t, Run>;
        writer->submit(
            std::make_unique<Work>(std::move(run), PayloadFiles(), std::move(done), octets),
            admission
        );
        return future;
    }
    // Keeps the writer busy until let go: what is submitted meanwhile becomes one group.
    std::future<Outcome> hold(std::shared_future<void> gate)
    {
        auto started = std::make_shared<std::promise<void>>();
        auto busy = submit([gate, started](Connection&, PayloadFiles&) -> Outcome {
            started->set_value();
            gate.wait();
            return 0;
        });
        started->get_future().wait();
        return busy;
    }
    std::int64_t count()
    {
        return *submit([](Connection& database, PayloadFiles&) -> Outcome {
                    auto rows = database.query("SELECT count(*) FROM t");
                    if (const auto found = rows.next(); !found) return found.error();
                    return rows.integer(0);
                }).get();
    }

    support::TemporaryFolder folder;
    std::atomic<int> lost = 0;
    std::optional<Writer> writer;
};

// Another process, as SQLite sees it: a connection of its own.
inline Connection other_program(const Bench& bench, Connection::Access access)
{
    auto opened = Connection::open(bench.folder.path() / "test.db", access);
    REQUIRE(opened);
    return std::move(*opened);
}

inline Run insert(std::string name, std::size_t size = 0)
{
    return [name = std::move(name), size](Connection& database, PayloadFiles&) -> Outcome {
        const std::string octets(size, 'x');
        const auto done = database.run("INSERT INTO t VALUES (?, ?)", name, Blob{octets});
        if (!done) return done.error();
        return 1;
    };
}

// A disk with so much room for the log.
class SmallLog final : public base::IoGate {
public:
    explicit SmallLog(std::uint64_t room) : room_(room) {}
    base::IoVerdict before(const base::IoRequest& request) override
    {
        const bool fits = request.offset + request.octets.size() <= room_;
        const bool log = request.call == base::IoCall::write && request.path.ends_with("-wal");
        return {.error = log && !fits ? ENOSPC : 0};
    }
    void after(const base::IoRequest&) override {}

private:
    std::uint64_t room_;
};

// The names in the table, in the order of their writing.
inline std::string names_in(Connection& database)
{
    auto rows = database.query("SELECT group_concat(a, ' ') FROM (SELECT a FROM t ORDER BY rowid)");
    REQUIRE(rows.next());
    return rows.text(0);
}

inline bool comes_true(const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition())
        if (std::chrono::steady_clock::now() > end)
            return false;
        else
            std::this_thread::yield();
    return true;
}

} // namespace queue
