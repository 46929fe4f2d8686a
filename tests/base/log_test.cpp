// SPDX-License-Identifier: Apache-2.0
// The log line against hostile values.
#include "base/log.hpp"

#include "base/file.hpp"
#include "base/time.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace base;

namespace {

// Everything written to stderr while `action` runs.
template <class Action> std::string stderr_of(Action action)
{
    const support::TemporaryFolder folder;
    const Path path = folder.path() / "stderr";
    const int kept = ::dup(STDERR_FILENO);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDERR_FILENO);
    action();
    ::dup2(kept, STDERR_FILENO);
    ::close(kept);
    ::close(file);
    return read_file(path, 10'000'000).value();
}

} // namespace

TEST_CASE("a line is the event and its fields", "[base]")
{
    CHECK(
        log_line("received", {{"message_id", "a@b"}, {"size", "10"}}) ==
        "received message_id=a@b size=10"
    );
    CHECK(log_line("started", {}) == "started");
}

TEST_CASE("a value that could be misread is quoted and escaped", "[base]")
{
    const auto [value, shown] = GENERATE(table<std::string, std::string>(
        {{"", R"("")"},
         {"a b", R"("a b")"},
         {"a=b", R"("a=b")"},
         {R"(a"b)", R"("a\"b")"},
         {R"(a\b)", R"("a\\b")"},
         {"a\nlevel=error", R"("a\nlevel=error")"},
         {"a\r\tb", R"("a\r\tb")"},
         {std::string("a\0b", 3), R"("a\x00b")"},
         {"\x1b[31m", R"("\x1b[31m")"},
         {"\x7f", R"("\x7f")"},
         {"F\xC3\xB6rvaltning", "F\xC3\xB6rvaltning"},
         {"\xF0\x9F\x93\xA6", "\xF0\x9F\x93\xA6"},
         {"\xC2\x9B"
          "31m",
          R"("\xc2\x9b31m")"},
         {"\xE2\x80\xAE"
          "fdp",
          R"("\xe2\x80\xaefdp")"},
         {"\xE2\x80\xA8", R"("\xe2\x80\xa8")"},
         {"\xC3", R"("\xc3")"},
         {"\xC0\x8A", R"("\xc0\x8a")"},
         {"\xED\xA0\x80", R"("\xed\xa0\x80")"},
         {"\xF4\x90\x80\x80", R"("\xf4\x90\x80\x80")"},
         {"\xFF\xFE", R"("\xff\xfe")"}}
    ));
    CHECK(log_line("e", {{"v", value}}) == "e v=" + shown);
}

TEST_CASE("a long value is cut, never inside a character", "[base]")
{
    CHECK(log_line("e", {{"v", std::string(512, 'a')}}) == "e v=" + std::string(512, 'a'));
    CHECK(log_line("e", {{"v", std::string(513, 'a')}}) == "e v=" + std::string(512, 'a') + "...");
    for (const std::string key : {"cause", "reason", "error"}) {
        const auto max = "e " + key + "=" + std::string(2048, 'a');
        CHECK(log_line("e", {{key, std::string(2048, 'a')}}) == max);
        CHECK(log_line("e", {{key, std::string(2049, 'a')}}) == max + "...");
    }
    CHECK(
        log_line("e", {{"v", std::string(511, 'a') + "\xC3\xB6"}}) ==
        "e v=" + std::string(511, 'a') + "..."
    );
}

TEST_CASE("a line on stderr begins with time and level", "[base]")
{
    const std::string text = stderr_of([] { log(Level::warning, "slow", {{"peer", "b"}}); });
    REQUIRE(text.size() > 25);
    CHECK(parse_time(text.substr(0, 24)));
    CHECK(text.substr(24) == " warning slow peer=b\n");
}

TEST_CASE("levels below the chosen one are silent", "[base]")
{
    const std::string text = stderr_of([] {
        log(Level::debug, "unseen");
        set_log_level(Level::error);
        log(Level::warning, "unseen");
        log(Level::error, "seen");
        set_log_level(Level::info);
    });
    CHECK(text.find("unseen") == std::string::npos);
    CHECK(text.find("error seen\n") != std::string::npos);
}

TEST_CASE("lines of many threads do not mix", "[base]")
{
    const std::string text = stderr_of([] {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([] {
                for (int i = 0; i < 200; ++i)
                    log(Level::info, "tick", {{"v", std::string(300, 'x')}});
            });
        }
    });
    const std::size_t line = 24 + std::string(" info tick v=").size() + 300 + 1;
    REQUIRE(text.size() == 800 * line);
    for (std::size_t i = 0; i < 800; ++i)
        CHECK(text[(i + 1) * line - 1] == '\n');
}
