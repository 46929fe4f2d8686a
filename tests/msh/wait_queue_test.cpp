// SPDX-License-Identifier: Apache-2.0
// Who waits is called in turn, or sent away, and leaves nothing behind.
#include "msh/wait_queue.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct Waiting {
    asio::io_context io{1};
    std::optional<msh::WaitQueue> queue{io.get_executor()};
    std::vector<std::pair<std::string, bool>> ended;

    void begin(const std::string& name, base::Duration limit = 1h)
    {
        const auto done = [this, name](std::exception_ptr, bool called) {
            ended.emplace_back(name, called);
        };
        asio::co_spawn(io, queue->wait(limit), done);
        settle();
    }
    void settle()
    {
        io.restart();
        io.poll();
    }
};

using Ended = std::vector<std::pair<std::string, bool>>;

} // namespace

TEST_CASE("those in line are called in the order in which they came", "[msh]")
{
    Waiting waiting;
    CHECK_FALSE(waiting.queue->admit_next());
    waiting.begin("first");
    waiting.begin("second");
    waiting.begin("third");
    CHECK(waiting.ended.empty());
    CHECK(waiting.queue->admit_next());
    CHECK(waiting.queue->admit_next());
    CHECK(waiting.queue->admitted() == 2);
    CHECK(waiting.queue->size() == 1);
    waiting.settle();
    CHECK(waiting.queue->admitted() == 0);
    CHECK(waiting.ended == Ended{{"first", true}, {"second", true}});
    CHECK_FALSE(waiting.queue->empty());
    CHECK(waiting.queue->admit_next());
    CHECK(waiting.queue->empty());
    CHECK_FALSE(waiting.queue->admit_next());
}

TEST_CASE("who has waited for long enough leaves the line", "[msh]")
{
    Waiting waiting;
    waiting.begin("long");
    waiting.begin("short", 0ms);
    waiting.io.restart();
    while (waiting.ended.empty())
        waiting.io.run_one();
    CHECK(waiting.ended == Ended{{"short", false}});
    CHECK(waiting.queue->admit_next());
    CHECK_FALSE(waiting.queue->admit_next());
}

TEST_CASE("a line disperses", "[msh]")
{
    Waiting waiting;
    waiting.begin("first");
    waiting.begin("second");
    waiting.queue->reject_all();
    CHECK(waiting.queue->empty());
    waiting.settle();
    CHECK(waiting.ended == Ended{{"first", false}, {"second", false}});
}

TEST_CASE("those in line may outlive it, or go while they wait", "[msh]")
{
    {
        Waiting waiting;
        waiting.begin("dropped"); // its coroutine ends with the io_context
    }
    Waiting waiting;
    waiting.begin("left");
    waiting.queue->reject_all();
    waiting.queue.reset();
    waiting.settle();
    CHECK(waiting.ended == Ended{{"left", false}});
}
