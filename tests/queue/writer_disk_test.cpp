// SPDX-License-Identifier: Apache-2.0
// The writer on a full disk.
#include "writer_bench.hpp"

using namespace queue;

namespace {

std::uint64_t log_of(const Bench& bench)
{
    return std::filesystem::file_size(bench.folder.path() / "test.db-wal");
}

} // namespace

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
    SmallLog disk(400'000);
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

TEST_CASE("what ends work finds the room of a log that cannot grow, but can start over", "[queue]")
{
    Bench bench;
    REQUIRE(bench.submit(insert("before", 1'000'000)).get());
    SmallLog disk(log_of(bench)); // no octet more
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
    SmallLog disk(300'000);
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
        SmallLog log_;
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
    SmallLog disk(log_of(bench));
    const support::GateInPlace in_place(disk);
    const auto ending = bench.submit(insert("ends"), Writer::Admission::always).get();
    CHECK(ending.error().code == base::errc::disk_full);
    bench.writer->hold_checkpoints(false);
    CHECK(bench.submit(insert("ends"), Writer::Admission::always).get());
    bench.writer->close();
    CHECK(bench.lost == 0);
}
