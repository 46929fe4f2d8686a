// SPDX-License-Identifier: Apache-2.0
// The writer and its write-ahead log, while another program reads the database.
#include "writer_bench.hpp"

#include <thread>

using namespace queue;

TEST_CASE("a reader that stays keeps no commit waiting, and the log is emptied later", "[queue]")
{
    Bench bench(
        {.checkpoint_pages = 10, .log_warning = 1'000'000, .tick = std::chrono::milliseconds(20)}
    );
    REQUIRE(bench.submit(insert("before")).get());
    auto reader = other_program(bench, Connection::Access::read_only);
    REQUIRE(reader.run("BEGIN"));
    CHECK(names_in(reader) == "before");
    for (int n = 0; n < 30; ++n)
        REQUIRE(bench.submit(insert(std::to_string(n), 100'000)).get());
    CHECK(bench.writer->statistics().longest_commit < std::chrono::seconds(3));
    CHECK(bench.writer->obstacles().log_octets() > 3'000'000);
    CHECK(bench.writer->obstacles().log());
    CHECK(names_in(reader) == "before");
    REQUIRE(reader.run("COMMIT"));
    // Nothing is written meanwhile.
    REQUIRE(comes_true([&] { return !bench.writer->obstacles().log(); }));
    CHECK(bench.writer->obstacles().log_octets() < 1'000'000);
    REQUIRE(bench.submit(insert("after")).get());
    CHECK(bench.writer->obstacles().log_octets() < 1'000'000);
    CHECK(bench.lost == 0);
}

TEST_CASE("a log that is copied but cannot start over stays an obstacle", "[queue]")
{
    Bench bench(
        {.checkpoint_pages = 10, .log_warning = 1'000'000, .tick = std::chrono::milliseconds(20)}
    );
    REQUIRE(bench.submit(insert("before")).get());
    auto reader = other_program(bench, Connection::Access::read_only);
    REQUIRE(reader.run("BEGIN"));
    CHECK(names_in(reader) == "before");
    for (int n = 0; n < 30; ++n)
        REQUIRE(bench.submit(insert(std::to_string(n), 100'000)).get());
    const auto& obstacles = bench.writer->obstacles();
    const auto since = obstacles.log().value().since;
    // A replicator: it always reads the newest state.
    for (int n = 0; n < 3; ++n) {
        const auto commits = bench.writer->statistics().commits;
        REQUIRE(reader.run("COMMIT"));
        REQUIRE(reader.run("BEGIN"));
        CHECK(names_in(reader).starts_with("before"));
        REQUIRE(comes_true([&] { return bench.writer->statistics().commits > commits; }));
        CHECK(obstacles.log_octets() > 3'000'000);
        REQUIRE(obstacles.log());
        CHECK(obstacles.log()->since == since);
    }
    REQUIRE(reader.run("COMMIT"));
    REQUIRE(comes_true([&] { return !obstacles.log(); }));
    CHECK(obstacles.log_octets() < 1'000'000);
    CHECK(bench.lost == 0);
}

namespace {

// Counts what is written to the database itself, by the writer's thread and by others. These wait
// at the gate while it is closed.
class CopyWatch final : public base::IoGate {
public:
    base::IoVerdict before(const base::IoRequest& request) override
    {
        if (request.call != base::IoCall::write || !request.path.ends_with(".db")) return {};
        if (std::this_thread::get_id() == writer.load()) {
            by_writer += request.octets.size();
            return {};
        }
        if (closed) {
            begun = true;
            gate.wait();
        }
        by_others += request.octets.size();
        return {};
    }
    void after(const base::IoRequest&) override {}

    std::atomic<std::thread::id> writer{};
    std::shared_future<void> gate;
    std::atomic<bool> closed = false;
    std::atomic<bool> begun = false;
    std::atomic<std::uint64_t> by_writer = 0;
    std::atomic<std::uint64_t> by_others = 0;
};

// A log of 3 MB that a reader keeps; more than 500 KB are copied on a thread of its own.
struct LongLog {
    explicit LongLog(base::Duration tick)
        : bench(
              {.checkpoint_pages = 10,
               .log_warning = 1'000'000,
               .tick = tick,
               .copied_here = 500'000}
          ),
          reader(other_program(bench, Connection::Access::read_only))
    {
        disk.gate = open.get_future().share();
        REQUIRE(bench
                    .submit([this](Connection&, PayloadFiles&) -> Outcome {
                        disk.writer = std::this_thread::get_id();
                        return 0;
                    })
                    .get());
        REQUIRE(bench.submit(insert("before")).get());
        REQUIRE(reader.run("BEGIN"));
        REQUIRE(names_in(reader) == "before");
        for (int n = 0; n < 30; ++n)
            REQUIRE(bench.submit(insert(std::to_string(n), 100'000)).get());
        disk.by_writer = 0;
    }

    CopyWatch disk;
    support::GateInPlace in_place{disk};
    Bench bench;
    Connection reader;
    std::promise<void> open;
};

} // namespace

TEST_CASE("a long log is copied while the writer goes on", "[queue]")
{
    LongLog log(std::chrono::milliseconds(20));
    REQUIRE(comes_true([&] { return log.bench.writer->obstacles().log().has_value(); }));
    log.disk.closed = true;
    REQUIRE(log.reader.run("COMMIT"));
    REQUIRE(comes_true([&] { return log.disk.begun.load(); }));
    CHECK(log.bench.submit(insert("meanwhile")).get());
    CHECK(log.bench.writer->obstacles().log()); // its end is not yet reached
    log.open.set_value();
    REQUIRE(comes_true([&] { return !log.bench.writer->obstacles().log(); }));
    CHECK(log.disk.by_others > 3'000'000);
    CHECK(log.disk.by_writer < 500'000);
    CHECK(log.bench.lost == 0);
}

TEST_CASE("closing leaves a long log to the next start", "[queue]")
{
    LongLog log(std::chrono::hours(1));
    const bool copies = GENERATE(false, true);
    REQUIRE(log.reader.run("COMMIT"));
    if (copies) REQUIRE(log.bench.submit(insert("last", 100'000)).get());
    log.bench.writer->close();
    CHECK(log.disk.by_writer < 500'000);
    CHECK(log.bench.lost == 0);
    auto other = other_program(log.bench, Connection::Access::read_write);
    CHECK(names_in(other).starts_with("before 0 1 2"));
    CHECK(names_in(other).ends_with(copies ? " 29 last" : " 29"));
}

TEST_CASE("our own readers, one after the other, do not keep the log from being emptied", "[queue]")
{
    Bench bench({.checkpoint_pages = 100});
    REQUIRE(bench.submit(insert("before")).get());
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n)
        threads.emplace_back([&] {
            auto reader = other_program(bench, Connection::Access::read_only);
            while (!stop) {
                const bool begun = reader.run("BEGIN").has_value();
                if (begun) (void)reader.run("SELECT count(*) FROM t");
                if (begun) (void)reader.run("COMMIT");
            }
        });
    std::uint64_t longest = 0;
    for (int n = 0; n < 1500; ++n) {
        REQUIRE(bench.submit(insert(std::to_string(n), 20'000)).get());
        longest = std::max(longest, bench.writer->obstacles().log_octets());
    }
    stop = true;
    for (auto& thread : threads)
        thread.join();
    CHECK(longest < 16'000'000); // all that was written is twice as much
}
