// SPDX-License-Identifier: Apache-2.0
// The writer while another program holds a lock on the database.
#include "writer_bench.hpp"

#include <thread>

using namespace queue;

namespace {

Connection lock_of_other(const Bench& bench)
{
    auto other = other_program(bench, Connection::Access::read_write);
    REQUIRE(other.run("BEGIN IMMEDIATE"));
    return other;
}

bool is_within_a_second(std::future<Outcome>& outcome)
{
    return outcome.wait_for(std::chrono::seconds(1)) == std::future_status::ready;
}

} // namespace

TEST_CASE("while another process holds the lock, new work is refused and the rest waits", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto first = bench.submit(insert("first"), Writer::Admission::always);
    auto begins = bench.submit(insert("begins"));
    REQUIRE(is_within_a_second(begins));
    CHECK(begins.get().error().code == errc::locked);
    auto later = bench.submit(insert("later")); // the lock is known
    REQUIRE(later.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(later.get().error().code == errc::locked);
    auto second = bench.submit(insert("second"), Writer::Admission::always);
    CHECK(bench.writer->obstacles().lock());
    CHECK(comes_true([&] { return bench.writer->statistics().waiting == 2; }));
    REQUIRE(other.run("ROLLBACK"));
    auto third = bench.submit(insert("third"), Writer::Admission::always);
    CHECK(first.get());
    CHECK(second.get());
    CHECK(third.get());
    CHECK(names_in(other) == "first second third");
    CHECK(bench.submit(insert("new")).get());
    CHECK_FALSE(bench.writer->obstacles().lock());
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting == 0);
    CHECK(bench.lost == 0);
}

TEST_CASE("what waited when the lock was noticed is refused too, and the order stays", "[queue]")
{
    Bench bench({.group = 2});
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    std::vector<std::future<Outcome>> ending;
    std::vector<std::future<Outcome>> beginning;
    for (const auto* name : {"a", "b", "c"}) {
        ending.push_back(bench.submit(insert(name), Writer::Admission::always));
        beginning.push_back(bench.submit(insert("new")));
    }
    auto other = other_program(bench, Connection::Access::read_write);
    auto locking = std::async(std::launch::async, [&] {
        while (!other.run("BEGIN IMMEDIATE")) {
        }
    });
    gate.set_value();
    CHECK(busy.get());
    locking.get(); // before, between or after what waits: any order is fine, but all is told
    REQUIRE(other.run("ROLLBACK"));
    for (auto& each : ending)
        CHECK(each.get());
    for (auto& each : beginning)
        REQUIRE(each.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    const auto names = names_in(other);
    CHECK(names.find('a') < names.find('b'));
    CHECK(names.find('b') < names.find('c'));
    CHECK(bench.lost == 0);
}

TEST_CASE("a lock and a full disk together do not change the order", "[queue]")
{
    Bench bench;
    std::promise<void> gate;
    auto busy = bench.hold(gate.get_future().share());
    // Full for both together, also after the log was emptied; then locked for the first alone.
    auto failures = std::make_shared<std::vector<base::Error>>(std::vector<base::Error>{
        base::Error(errc::locked), base::Error(base::errc::disk_full),
        base::Error(base::errc::disk_full)
    });
    const auto failing = [failures](Connection& database, PayloadFiles& files) -> Outcome {
        if (failures->empty()) return insert("first")(database, files);
        const auto failure = failures->back();
        failures->pop_back();
        return failure;
    };
    auto first = bench.submit(failing, Writer::Admission::always);
    auto second = bench.submit(insert("second"), Writer::Admission::always);
    gate.set_value();
    CHECK(busy.get());
    CHECK(first.get());
    CHECK(second.get());
    bench.writer->close();
    CHECK(bench.writer->statistics().waiting == 0);
    auto other = other_program(bench, Connection::Access::read_only);
    CHECK(names_in(other) == "first second");
    CHECK(bench.lost == 0);
}

TEST_CASE("a lock that is released is noticed although nothing waits for it", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    CHECK(bench.submit(insert("a")).get().error().code == errc::locked);
    REQUIRE(other.run("ROLLBACK"));
    REQUIRE(comes_true([&] { return bench.submit(insert("b")).get().has_value(); }));
    CHECK_FALSE(bench.writer->obstacles().lock());
}

TEST_CASE("a store that is lost while it is locked is not called unlocked", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    CHECK(bench.submit(insert("a")).get().error().code == errc::locked);
    bench.writer->lose(base::Error(errc::failed));
    auto ending = bench.submit(insert("ends"), Writer::Admission::always);
    CHECK(ending.get().error().code == errc::failed);
    bench.writer->close();
    CHECK(bench.writer->obstacles().lock());
    CHECK(bench.lost == 1);
}

TEST_CASE("closing does not wait for a lock without end, and says what was not written", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto ending = bench.submit(insert("ends"), Writer::Admission::always);
    const auto began = std::chrono::steady_clock::now();
    CHECK(bench.writer->close(std::chrono::milliseconds(200)) == 1);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
    REQUIRE(ending.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    CHECK(ending.get().error().code == errc::locked);
    REQUIRE(other.run("ROLLBACK"));
    CHECK(names_in(other).empty());
    CHECK(bench.lost == 0);
}

TEST_CASE("from the limit of a stop on nothing waits for a lock", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto waiting = bench.submit(insert("a"), Writer::Admission::always);
    const auto is_known = [&] { return bench.writer->obstacles().lock().has_value(); };
    REQUIRE(comes_true(is_known));
    CHECK(waiting.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    bench.writer->limit_waiting(std::chrono::steady_clock::now());
    CHECK(waiting.get().error().code == errc::locked);
    auto later = bench.submit(insert("b"), Writer::Admission::always);
    CHECK(later.get().error().code == errc::locked);
    REQUIRE(other.run("ROLLBACK"));
    CHECK(names_in(other).empty());
    CHECK(bench.writer->close() == 2);
}

TEST_CASE("closing waits for a lock that is released in time", "[queue]")
{
    Bench bench;
    auto other = lock_of_other(bench);
    auto begins = bench.submit(insert("begins"));
    CHECK(begins.get().error().code == errc::locked);
    auto ending = bench.submit(insert("ends"), Writer::Admission::always);
    auto closing = std::async(std::launch::async, [&] {
        return bench.writer->close(std::chrono::minutes(1));
    });
    REQUIRE(other.run("ROLLBACK"));
    CHECK(closing.get() == 0);
    CHECK(ending.get());
}
