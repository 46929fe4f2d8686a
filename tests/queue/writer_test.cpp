// SPDX-License-Identifier: Apache-2.0
#include "writer_bench.hpp"

using namespace queue;

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
