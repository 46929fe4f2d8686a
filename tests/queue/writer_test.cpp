// SPDX-License-Identifier: Apache-2.0
#include "queue/writer.hpp"

#include "queue/schema.hpp"
#include "support/disk.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace queue;

namespace {

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
        writer.emplace(std::move(*database), limits, [this](const base::Error&) { ++lost; });
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

Run insert(std::string name, std::size_t size = 0)
{
    return [name = std::move(name), size](Connection& database, PayloadFiles&) -> Outcome {
        const std::string octets(size, 'x');
        const auto done = database.run("INSERT INTO t VALUES (?, ?)", name, Blob{octets});
        if (!done) return done.error();
        return 1;
    };
}

// Has so much room for the log.
class SmallDisk final : public base::IoGate {
public:
    explicit SmallDisk(std::uint64_t room) : room_(room) {}
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

} // namespace

TEST_CASE("an item that fails takes back only what it did itself", "[queue]")
{
    Bench bench;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto failing = bench.submit([](Connection& database, PayloadFiles& files) -> Outcome {
        const auto inserted = insert("b")(database, files);
        CHECK(inserted);
        return insert("a")(database, files); // is there already
    });
    auto last = bench.submit(insert("c"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(failing.get().error().code == errc::conflict);
    CHECK(last.get());
    CHECK(bench.count() == 2);
    CHECK(bench.lost == 0);
}

TEST_CASE("a full disk fails the whole group, and the service goes on", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before")).get());
    const auto limit = [](std::int64_t pages) -> Run {
        return [pages](Connection& database, PayloadFiles&) -> Outcome {
            const auto sql = "PRAGMA max_page_count = " + std::to_string(pages);
            if (const auto set = database.run(sql); !set) return set.error();
            return 0;
        };
    };
    REQUIRE(bench.submit(limit(100)).get());
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto small = bench.submit(insert("small"));
    auto large = bench.submit(insert("large", 1'000'000));
    auto after = bench.submit(insert("after"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(small.get().error().code == base::errc::disk_full);
    CHECK(large.get().error().code == base::errc::disk_full);
    CHECK(after.get().error().code == base::errc::disk_full);
    CHECK(bench.count() == 1);
    REQUIRE(bench.submit(limit(1'000'000)).get());
    CHECK(bench.submit(insert("small")).get());
    CHECK(bench.submit(insert("large", 1'000'000)).get());
    CHECK(bench.lost == 0);
}

TEST_CASE("what ends work is written, though what came with it finds no room", "[queue]")
{
    Bench bench;
    SmallDisk disk(400'000);
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("first"), Writer::Admission::always);
    auto large = bench.submit(insert("large", 1'000'000));
    auto failing = bench.submit(insert("first"), Writer::Admission::always); // is there already
    auto last = bench.submit(insert("last"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(large.get().error().code == base::errc::disk_full);
    CHECK(failing.get().error().code == errc::conflict);
    CHECK(last.get());
    CHECK(bench.count() == 2);
    // Alone, what does not fit is told so.
    const auto ending = bench.submit(insert("ending", 1'000'000), Writer::Admission::always).get();
    CHECK(ending.error().code == base::errc::disk_full);
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting == 0);
    CHECK(bench.lost == 0);
}

TEST_CASE("after a failed sync nothing is written again, not what ends work either", "[queue]")
{
    Bench bench;
    support::FaultyDisk disk({.nth = 1, .error = ENOSPC, .only = base::IoCall::sync});
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto begins = bench.submit(insert("begins"));
    auto ends = bench.submit(insert("ends"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(begins.get().error().code == errc::failed);
    CHECK(ends.get().error().code == errc::failed);
    CHECK(bench.lost == 1);
    bench.writer->close();
    CHECK(disk.calls() == 1);
}

TEST_CASE("a store that fails is lost once, and every item after it hears so", "[queue]")
{
    Bench bench;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto innocent = bench.submit(insert("a"));
    auto failing = bench.submit([](Connection&, PayloadFiles&) -> Outcome {
        return base::Error(errc::failed);
    });
    auto later = bench.submit(insert("b"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(innocent.get().error().code == errc::failed);
    CHECK(failing.get().error().code == errc::failed);
    CHECK(later.get().error().code == errc::failed);
    CHECK(bench.submit(insert("c")).get().error().code == errc::failed);
    CHECK(bench.lost == 1);
}

TEST_CASE("more than the limit does not wait in memory, but work begun may end", "[queue]")
{
    Bench bench({.group = 4, .waiting = 2});
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto second = bench.submit(insert("b"));
    CHECK(bench.submit(insert("c")).get().error().code == errc::stopped);
    auto ending = bench.submit(insert("d"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(second.get());
    CHECK(ending.get());
    CHECK(bench.count() == 3);
}

TEST_CASE("the log does not grow with the number of commits", "[queue]")
{
    Bench bench;
    for (int n = 0; n < 120; ++n)
        REQUIRE(bench.submit(insert(std::to_string(n), 500'000)).get());
    bench.writer->close();
    CHECK(std::filesystem::file_size(bench.folder.path() / "test.db-wal") < 20'000'000);
    CHECK(bench.lost == 0);
}

TEST_CASE(
    "what waits is bounded by the octets it holds, and ending work is taken all the same", "[queue]"
)
{
    Bench bench({.waiting_octets = 1000});
    constexpr auto limited = Writer::Admission::limited;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"), limited, 600);
    auto second = bench.submit(insert("b"), limited, 600); // below the bound until it came
    CHECK(bench.writer->statistics().waiting_octets == 1200);
    CHECK(bench.writer->statistics().waiting == 3); // with the one that is in work
    CHECK(bench.submit(insert("c"), limited, 1).get().error().code == errc::stopped);
    auto ending = bench.submit(insert("d"), Writer::Admission::always, 5000);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(second.get());
    CHECK(ending.get());
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting_octets == 0);
    CHECK(bench.writer->statistics().waiting == 0);
}

TEST_CASE("what is larger than the bound is taken when nothing waits", "[queue]")
{
    Bench bench({.waiting_octets = 1000});
    CHECK(bench.submit(insert("a"), Writer::Admission::limited, 2000).get());
}

TEST_CASE("the writer counts what it committed, not what it took back", "[queue]")
{
    Bench bench;
    const auto before = bench.writer->statistics();
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    auto first = bench.submit(insert("a"));
    auto second = bench.submit(insert("b"));
    gate.set_value();
    CHECK(busy.get());
    CHECK(second.get());
    bench.writer->close();
    const auto after = bench.writer->statistics();
    CHECK(before.commits == 0);
    CHECK(after.commits == 2); // the one that was held, and the two that waited for it together
    CHECK(after.items == 3);
    CHECK(after.longest_commit > base::Duration(0));
}

namespace {

std::uint64_t log_of(const Bench& bench)
{
    return std::filesystem::file_size(bench.folder.path() / "test.db-wal");
}

} // namespace

TEST_CASE("what ends work finds the room of a log that cannot grow, but can start over", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    SmallDisk disk(log_of(bench)); // no octet more
    const support::GateInPlace in_place(disk);
    REQUIRE(bench.submit(insert("begins")).get().error().code == base::errc::disk_full);
    CHECK(bench.submit(insert("ends"), Writer::Admission::always).get());
    CHECK(bench.count() == 2);
    bench.writer->close();
    CHECK(bench.lost == 0);
}

TEST_CASE("what ends work and fits one by one does not fail together", "[queue]")
{
    Bench bench;
    SmallDisk disk(300'000);
    const support::GateInPlace in_place(disk);
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    std::vector<std::future<Outcome>> all;
    for (const auto* name : {"a", "b", "c", "d"})
        all.push_back(bench.submit(insert(name, 200'000), Writer::Admission::always));
    auto larger = bench.submit(insert("larger", 1'000'000), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    for (auto& each : all)
        CHECK(each.get());
    CHECK(larger.get().error().code == base::errc::disk_full);
    CHECK(bench.count() == 4);
    bench.writer->close();
    CHECK(bench.lost == 0);
}

TEST_CASE("where emptying the log ends in a failed sync, nothing is written again", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    class FailingSync final : public base::IoGate {
    public:
        explicit FailingSync(std::uint64_t room) : log_(room) {}
        base::IoVerdict before(const base::IoRequest& request) override
        {
            if (request.call == base::IoCall::sync) ++syncs;
            if (syncs > 0 && request.call == base::IoCall::write) ++written;
            return request.call == base::IoCall::sync ? base::IoVerdict{.error = EIO}
                                                      : log_.before(request);
        }
        void after(const base::IoRequest&) override {}
        std::atomic<int> syncs = 0;
        std::atomic<int> written = 0; // after it

    private:
        SmallDisk log_;
    };
    FailingSync disk(log_of(bench));
    const support::GateInPlace in_place(disk);
    const auto ending = bench.submit(insert("ends"), Writer::Admission::always).get();
    REQUIRE_FALSE(ending);
    CHECK(bench.lost == 1);
    CHECK(
        bench.submit(insert("later"), Writer::Admission::always).get().error().code == errc::failed
    );
    bench.writer->close();
    CHECK(disk.syncs == 1);
    CHECK(disk.written == 0);
}

TEST_CASE("while a backup holds the log it is not emptied", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    bench.writer->hold_checkpoints(true);
    SmallDisk disk(log_of(bench));
    const support::GateInPlace in_place(disk);
    const auto ending = bench.submit(insert("ends"), Writer::Admission::always).get();
    CHECK(ending.error().code == base::errc::disk_full);
    bench.writer->hold_checkpoints(false);
    CHECK(bench.submit(insert("ends"), Writer::Admission::always).get());
    bench.writer->close();
    CHECK(bench.lost == 0);
}
