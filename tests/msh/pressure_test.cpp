// SPDX-License-Identifier: Apache-2.0
// The watermarks: which door closes at which figure, when it opens again, and what is told to those
// who wait.
#include "msh/pressure.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using msh::Load;
using msh::Pressure;
using msh::Shortage;

namespace {

constexpr msh::Watermarks marks{
    .disk_stop = 1000,
    .disk_resume = 1500,
    .queue_stop = 100,
    .queue_resume = 90,
    .memory_stop = 50,
    .memory_resume = 25,
    .retry_after = 30s
};
constexpr Load calm{.disk_free = 5000, .queued = 10, .waiting_octets = 5};

Load with_disk(std::uint64_t free)
{
    auto load = calm;
    load.disk_free = free;
    return load;
}
Load with_queue(std::uint64_t queued)
{
    auto load = calm;
    load.queued = queued;
    return load;
}
Load with_work(std::uint64_t octets)
{
    auto load = calm;
    load.waiting_octets = octets;
    return load;
}

} // namespace

TEST_CASE("nothing is short before anything was measured, nor in calm", "[msh]")
{
    Pressure pressure(marks);
    CHECK_FALSE(pressure.of_submissions(1'000'000));
    CHECK_FALSE(pressure.exhausted());
    CHECK(pressure.observe(calm).empty());
    CHECK_FALSE(pressure.of_submissions());
    CHECK_FALSE(pressure.of_messages());
}

TEST_CASE("a disk below its mark closes both doors until it is above the other mark", "[msh]")
{
    Pressure pressure(marks);
    pressure.observe(with_disk(1000));
    CHECK_FALSE(pressure.of_messages());
    pressure.observe(with_disk(999));
    CHECK(pressure.of_submissions() == Shortage::disk);
    CHECK(pressure.of_messages() == Shortage::disk);
    CHECK_FALSE(pressure.exhausted());
    pressure.observe(with_disk(1499));
    CHECK(pressure.of_messages() == Shortage::disk);
    pressure.observe(with_disk(1500));
    CHECK_FALSE(pressure.of_submissions());
    pressure.observe(with_disk(499));
    CHECK(pressure.exhausted());
}

TEST_CASE("a full queue closes the way in for submissions and for nothing else", "[msh]")
{
    Pressure pressure(marks);
    pressure.observe(with_queue(99));
    CHECK_FALSE(pressure.of_submissions());
    pressure.observe(with_queue(100));
    CHECK(pressure.of_submissions() == Shortage::queue);
    CHECK_FALSE(pressure.of_messages());
    pressure.observe(with_queue(91));
    CHECK(pressure.of_submissions() == Shortage::queue);
    pressure.observe(with_queue(90));
    CHECK_FALSE(pressure.of_submissions());
}

TEST_CASE("octets that wait for the writer close both doors", "[msh]")
{
    Pressure pressure(marks);
    pressure.observe(with_work(50));
    CHECK(pressure.of_submissions() == Shortage::memory);
    CHECK(pressure.of_messages() == Shortage::memory);
    pressure.observe(with_work(26));
    CHECK(pressure.of_messages() == Shortage::memory);
    pressure.observe(with_work(25));
    CHECK_FALSE(pressure.of_messages());
}

TEST_CASE("each shortage is told once when it begins and once when it ends", "[msh]")
{
    Pressure pressure(marks);
    const auto begun = pressure.observe({.disk_free = 10, .queued = 100, .waiting_octets = 5});
    REQUIRE(begun.size() == 2);
    CHECK(begun.at(0).shortage == Shortage::disk);
    CHECK(begun.at(1).shortage == Shortage::queue);
    CHECK(begun.at(0).begun);
    CHECK(pressure.short_of() == std::vector{Shortage::disk, Shortage::queue});
    CHECK(pressure.observe({.disk_free = 20, .queued = 120, .waiting_octets = 5}).empty());
    const auto ended = pressure.observe(with_queue(95));
    REQUIRE(ended.size() == 1);
    CHECK(ended.at(0).shortage == Shortage::disk);
    CHECK_FALSE(ended.at(0).begun);
}

TEST_CASE("a body that would not leave the reserve alone is not begun", "[msh]")
{
    Pressure pressure(marks);
    pressure.observe(with_disk(3000));
    CHECK_FALSE(pressure.of_submissions(2000));
    CHECK(pressure.of_submissions(2001) == Shortage::disk);
    CHECK(pressure.of_messages(2001) == Shortage::disk);
}

TEST_CASE("those who wait are told different times, shorter ones for what passes quickly", "[msh]")
{
    const Pressure pressure(marks);
    CHECK(pressure.retry_after(Shortage::disk, 0) == 30s);
    CHECK(pressure.retry_after(Shortage::disk, 1023) == 45s);
    CHECK(pressure.retry_after(Shortage::concurrency, 0) == 5s);
    CHECK(pressure.retry_after(Shortage::memory, 1023) == 8s);
    CHECK(pressure.retry_after(Shortage::backlog, 0) == 5s);
    CHECK(pressure.retry_after(Shortage::queue, 0) == 30s);
    CHECK(Pressure({.retry_after = 100ms}).retry_after(Shortage::concurrency, 0) == 1s);
}

TEST_CASE("refusals are counted by their cause", "[msh]")
{
    Pressure pressure(marks);
    pressure.refused(Shortage::concurrency);
    pressure.refused(Shortage::concurrency);
    CHECK(pressure.refusals().at(static_cast<std::size_t>(Shortage::concurrency)) == 2);
    CHECK(pressure.refusals().at(static_cast<std::size_t>(Shortage::disk)) == 0);
}

TEST_CASE("a lock of another process closes both doors until it is released", "[msh]")
{
    Pressure pressure(marks);
    auto load = calm;
    load.locked = true;
    const auto begun = pressure.observe(load);
    REQUIRE(begun.size() == 1);
    CHECK(begun.front().shortage == Shortage::lock);
    CHECK(pressure.of_submissions() == Shortage::lock);
    CHECK(pressure.of_messages() == Shortage::lock);
    CHECK(msh::error_of(Shortage::lock) == msh::errc::store_locked);
    CHECK(pressure.retry_after(Shortage::lock, 0) == 5s); // it passes
    CHECK(pressure.short_of() == std::vector{Shortage::lock});
    CHECK(pressure.observe(calm).size() == 1);
    CHECK_FALSE(pressure.of_messages());
}

TEST_CASE("a log that a reader keeps closes both doors from its mark on, until emptied", "[msh]")
{
    auto with_log = marks;
    with_log.log_stop = 1000;
    Pressure pressure(with_log);
    auto load = calm;
    load.log_octets = 999;
    CHECK(pressure.observe(load).empty());
    load.log_octets = 1000;
    CHECK(pressure.observe(load).size() == 1);
    CHECK(pressure.of_submissions() == Shortage::log);
    CHECK(pressure.of_messages() == Shortage::log);
    CHECK(msh::error_of(Shortage::log) == msh::errc::log_long);
    CHECK(pressure.retry_after(Shortage::log, 0) == 30s);
    load.log_octets = 0;
    CHECK(pressure.observe(load).size() == 1);
    CHECK_FALSE(pressure.of_submissions());
}

TEST_CASE("free octets do not help without free inodes", "[msh]")
{
    Pressure pressure(marks);
    auto load = calm;
    load.inodes_free = 1000;
    CHECK(pressure.observe(load).empty());
    load.inodes_free = 999;
    pressure.observe(load);
    CHECK(pressure.of_submissions() == Shortage::inodes);
    CHECK(pressure.of_messages() == Shortage::inodes);
    CHECK(msh::error_of(Shortage::inodes) == msh::errc::disk_short);
    // Each large payload takes one: a door that opened at once would close again with the next.
    load.inodes_free = 1499;
    CHECK(pressure.observe(load).empty());
    CHECK(pressure.of_messages() == Shortage::inodes);
    load.inodes_free = 1500;
    CHECK(pressure.observe(load).size() == 1);
    CHECK_FALSE(pressure.of_messages());
    load.inodes_free = 999;
    pressure.observe(load);
    load.inodes_free.reset(); // a file system without a fixed number
    pressure.observe(load);
    CHECK_FALSE(pressure.of_submissions());
}
