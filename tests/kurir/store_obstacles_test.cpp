// SPDX-License-Identifier: Apache-2.0
#include "kurir/store_obstacles.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

namespace {

kurir::StoreObstacles obstacles(const std::string& lock, const std::string& log)
{
    const auto status =
        R"({"store": {"log_octets": 1, "lock": )" + lock + R"(, "log": )" + log + "}}";
    return kurir::store_obstacles(boost::json::parse(status).as_object());
}

const std::string other =
    R"json({"since": "2026-11-30T12:00:00Z", "by": "pid 7 (sh)", "own": false})json";
const std::string backup =
    R"({"since": "2026-11-30T12:00:00Z", "by": "kurir backup, which is running", "own": true})";

} // namespace

TEST_CASE("a store that no program keeps from being written is well", "[kurir]")
{
    const auto found = obstacles("null", "null");
    CHECK(found.line == "well");
    CHECK(found.problems.empty());
}

TEST_CASE("our own backup is shown and is no problem", "[kurir]")
{
    const auto found = obstacles("null", backup);
    CHECK(found.line == "log held by kurir backup, which is running, since 2026-11-30T12:00:00Z");
    CHECK(found.problems.empty());
}

TEST_CASE("another program is a problem, also beside a backup", "[kurir]")
{
    const auto reader = obstacles("null", other);
    CHECK(reader.line == "log held by pid 7 (sh), since 2026-11-30T12:00:00Z");
    REQUIRE(reader.problems.size() == 1);
    CHECK(reader.problems.front().find("keeps an old state") != std::string::npos);
    const auto both = obstacles(other, backup);
    CHECK(both.line.starts_with("locked by pid 7 (sh), since 2026-11-30T12:00:00Z; log held by k"));
    REQUIRE(both.problems.size() == 1);
    CHECK(both.problems.front().find("holds a lock") != std::string::npos);
}
