// SPDX-License-Identifier: Apache-2.0
// Connections as a whole: how many, and how they end.
#include "server_bench.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <numeric>
#include <optional>

using namespace std::chrono_literals;
using Bench = ServerBench;

namespace {

std::size_t sessions(const http::Server& server)
{
    const auto now = server.figures().now;
    return std::accumulate(now.begin(), now.end(), std::size_t());
}

} // namespace

TEST_CASE("a full server gives up an idle connection, but no busy one", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 2;
    limits.idle_when_full = 0ms;
    Bench bench(echo, limits);
    auto busy = bench.raw();
    busy.send(hello.substr(0, hello.size() - 2));
    auto idle = bench.raw();
    idle.send(hello);
    CHECK(idle.read_until("]").find("[hello]") != std::string::npos);
    auto third = bench.raw();
    third.send(hello.substr(0, hello.size() - 2));
    CHECK(idle.read_all().empty());
    auto fourth = bench.raw(); // both are busy now: it is not accepted, and not closed either
    fourth.send(hello);
    for (int i = 0; i < 10; ++i)
        bench.loop.io.poll();
    CHECK_FALSE(fourth.has_input());
    busy.send("lo");
    third.send("lo");
    CHECK(busy.read_until("]").find("[hello]") != std::string::npos);
    CHECK(third.read_until("]").find("[hello]") != std::string::npos);
    CHECK(fourth.read_until("]").find("[hello]") != std::string::npos);
}

TEST_CASE("clients that come and go do not cost others their kept connections", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 1;
    limits.idle_when_full = 1h;
    Bench bench(echo, limits);
    auto kept = bench.raw();
    kept.send(hello);
    kept.read_until("]");
    auto other = bench.raw();
    other.send(hello);
    for (int i = 0; i < 10; ++i)
        bench.loop.io.poll();
    kept.send(hello);
    CHECK(kept.read_until("]").find("[hello]") != std::string::npos);
    CHECK_FALSE(other.has_input());
    kept.close(); // which makes room
    CHECK(other.read_until("]").find("[hello]") != std::string::npos);
}

TEST_CASE("stopping lets a running exchange finish and ends idle connections", "[http]")
{
    Bench bench;
    auto busy = bench.raw();
    busy.send(hello);
    busy.read_until("]");
    busy.send(hello.substr(0, hello.size() - 2));
    auto idle = bench.raw();
    bench.loop.io.poll();
    bool stopped = false;
    asio::co_spawn(bench.loop.io, bench.server->stop(1h), [&](const std::exception_ptr&) {
        stopped = true;
    });
    CHECK(idle.read_all().empty());
    CHECK_FALSE(stopped);
    CHECK_THROWS(bench.raw());
    busy.send("lo");
    const auto answer = busy.read_all();
    CHECK(answer.find("[hello]") != std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
    busy.close();
    bench.loop.turn_until([&] { return stopped; });
}

TEST_CASE("stopping ends what does not finish within the limit", "[http]")
{
    Bench bench;
    auto busy = bench.raw();
    busy.send(hello.substr(0, hello.size() - 2));
    bench.loop.io.poll();
    bench.loop.run(bench.server->stop(20ms));
    CHECK(busy.read_all().empty());
}

TEST_CASE("a loop may end with sessions and handlers under way", "[http]")
{
    const auto held = std::make_shared<int>(); // by the frame of each handler
    const auto sleepy = [&held](http::Request&) -> asio::awaitable<http::Response> {
        const auto holds = held;
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(asio::use_awaitable);
        co_return http::Response();
    };
    Loop clients; // outlives the other
    std::optional<Loop> loop(std::in_place);
    http::Listen listen;
    listen.address = "127.0.0.1:0";
    auto server =
        http::Server::start(loop->io.get_executor(), listen, http::ServerLimits(), sleepy).value();
    Raw waiting(clients, server->port());
    Raw idle(clients, server->port());
    waiting.send(hello);
    loop->turn_until([&] { return held.use_count() == 2 && sessions(*server) == 2; });
    server.reset();
    CHECK(held.use_count() == 2);
    loop.reset();
    CHECK(held.use_count() == 1);
    CHECK(waiting.read_all().empty());
    CHECK(idle.read_all().empty());
}
