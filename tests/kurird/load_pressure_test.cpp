// SPDX-License-Identifier: Apache-2.0
// Watermarks and windows that could not work together are told, with the reason.
#include "kurird/load.hpp"

#include "base/file.hpp"
#include "good_configuration.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE(
    "marks that would shut a door for ever, or that protect nothing, are mistakes", "[kurird]"
)
{
    Good good;
    auto& marks = good.config.msh.watermarks;
    std::string expected;
    SECTION("no reserve")
    {
        marks.disk_stop = 1024;
        expected = "[pressure]: disk_stop must be at least 16MB";
    }
    SECTION("disk the wrong way round")
    {
        marks.disk_resume = marks.disk_stop - 1;
        expected = "disk_resume is less than disk_stop";
    }
    SECTION("queue the wrong way round")
    {
        marks.queue_resume = marks.queue_stop + 1;
        expected = "queue_resume is more than queue_stop";
    }
    SECTION("work the wrong way round")
    {
        marks.memory_resume = marks.memory_stop + 1;
        expected = "memory_resume is more than memory_stop";
    }
    SECTION("a warning of a log that is usual")
    {
        good.config.queue.log_warning = 16u << 20;
        expected = "log_warning must be at least 24MB";
    }
    SECTION("a refusal before the warning")
    {
        marks.log_stop = good.config.queue.log_warning - 1;
        expected = "log_stop is less than log_warning";
    }
    SECTION("a wait that is none")
    {
        marks.retry_after = 10ms;
        expected = "retry_after must be from 1s to 1d";
    }
    SECTION("a line that outlasts clients")
    {
        marks.backlog_wait = 31s;
        expected = "backlog_wait must be at most 30s";
    }
    CAPTURE(good.mistakes());
    REQUIRE_FALSE(expected.empty());
    CHECK(good.mistakes().find(expected) != std::string::npos);
}

TEST_CASE("repeats are known for as long as their first is accepted", "[kurird][TA10]")
{
    Good good;
    auto& msh = good.config.msh;
    msh.unpack.max_timestamp_age = 24h * 30;
    msh.unpack.max_timestamp_ahead = 24h;
    msh.duplicate_window = 24h * 31;
    CHECK(kurird::load(good.config, base::now()));
    msh.duplicate_window -= 1ms;
    CHECK(good.mistakes().find("[receive]: duplicate_window is shorter") != std::string::npos);
}

TEST_CASE("peers that try as long as we do are taken, or the operator hears of it", "[kurird]")
{
    Good good;
    good.config.msh.unpack.max_timestamp_age = 1h;
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    REQUIRE(loaded->warnings.size() == 1);
    CHECK(loaded->warnings.front().find("max_timestamp_age is shorter") != std::string::npos);
}

TEST_CASE("submissions that could take all connections are told of", "[kurird]")
{
    Good good;
    auto& config = good.config;
    config.msh.submitting = 64;
    config.rest.limits.connections = 112;
    REQUIRE(kurird::load(config, base::now()));
    CHECK(kurird::load(config, base::now())->warnings.empty());
    config.rest.limits.connections = 111;
    const auto loaded = kurird::load(config, base::now());
    REQUIRE(loaded);
    REQUIRE(loaded->warnings.size() == 1);
    CHECK(loaded->warnings.front().find("[rest] max_connections") != std::string::npos);
}

TEST_CASE("a disk with too few inodes is told of before the start", "[kurird]")
{
    Good good;
    good.config.queue.folder = good.folder.path();
    const auto free = base::free_inodes(good.config.queue.folder);
    REQUIRE(free);
    if (!*free) return; // this file system has no fixed number
    good.config.msh.watermarks.inodes_stop = **free * 2;
    const auto loaded = kurird::load(good.config, base::now());
    REQUIRE(loaded);
    REQUIRE(loaded->warnings.size() == 1);
    CHECK(loaded->warnings.front().find("inodes are free in") != std::string::npos);
}
