// SPDX-License-Identifier: Apache-2.0
// Which reader of the store's log is reported, and when.
#include "queue/obstacles.hpp"

#include "support/stderr_capture.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

using namespace queue;

namespace {

constexpr std::uint64_t large = 1000;

std::size_t occurrences(const std::string& text, const std::string& what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

} // namespace

TEST_CASE("a program that holds the log after our backup is logged anew", "[queue]")
{
    support::TemporaryFolder folder;
    Obstacles obstacles(folder.path() / "kurir.db", large, base::Duration());
    support::StderrCapture captured;
    obstacles.log_is(large, true);
    obstacles.log_is(large, true);
    REQUIRE(obstacles.log());
    CHECK(obstacles.log()->own);
    obstacles.log_is(large, false);
    CHECK_FALSE(obstacles.log()->own);
    obstacles.log_is(large, false);
    const auto log = captured.text();
    CHECK(occurrences(log, " log_held ") == 2);
    CHECK(log.find("info log_held") < log.find("warning log_held"));
    CHECK(log.find("by=\"kurir backup, which is running\"") < log.find("by=\"a process that"));
}

TEST_CASE("until the process is known, the text says so in a sentence", "[queue]")
{
    support::TemporaryFolder folder;
    Obstacles obstacles(folder.path() / "kurir.db", large);
    obstacles.lock_begins();
    REQUIRE(obstacles.lock());
    const auto line = "locked by " + obstacles.lock()->by; // as kurir status has it
    CHECK(line == "locked by another program (which one is being looked up)");
}

TEST_CASE("a backup that ends and leaves no reader ends the episode in silence", "[queue]")
{
    support::TemporaryFolder folder;
    Obstacles obstacles(folder.path() / "kurir.db", large, base::Duration());
    support::StderrCapture captured;
    obstacles.log_is(large, true);
    obstacles.log_is_copied(large); // the backup's end
    CHECK(obstacles.log()->own);
    obstacles.log_is(1, false);
    CHECK_FALSE(obstacles.log());
    CHECK(captured.text().find("warning") == std::string::npos);
}
