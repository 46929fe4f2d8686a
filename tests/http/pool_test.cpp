// SPDX-License-Identifier: Apache-2.0
// Connections that are kept, and those that are not.
#include "client_bench.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using http::errc;
using Bench = ClientBench;

TEST_CASE("a connection is kept and used again", "[http][RFC 9112 9.3]")
{
    Bench bench;
    bench.send(bench.request());
    auto peer = bench.server.accept();
    peer.read_until("xxxxx");
    peer.send(ok);
    REQUIRE(bench.wait());
    SECTION("for the next request")
    {
        bench.send(bench.request());
        CHECK(peer.read_until("xxxxx").starts_with("POST /msh"));
        peer.send(ok);
        CHECK(bench.wait());
        CHECK_FALSE(bench.server.waiting());
    }
    SECTION("unless the server has closed it in between")
    {
        peer.close();
        bench.send(bench.request());
        auto second = bench.server.accept();
        second.send(ok);
        CHECK(bench.wait());
    }
    SECTION("unless it closes it at the very moment: then once more, on a new one")
    {
        bench.send(bench.request());
        peer.read_until("xxxxx");
        peer.close();
        auto second = bench.server.accept();
        CHECK(second.read_until("xxxxx").starts_with("POST /msh"));
        second.send(ok);
        CHECK(bench.wait());
    }
    SECTION("but a body that is gone is not sent again")
    {
        auto request = bench.request();
        request.source = std::make_unique<MadeUp>(5);
        bench.send(std::move(request));
        peer.read_until("xxxxx");
        peer.close();
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::broken_after);
    }
    SECTION("and a new one that breaks is not tried again either")
    {
        bench.client->close_idle();
        bench.send(bench.request());
        auto second = bench.server.accept();
        second.read_until("xxxxx");
        second.close();
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::broken_after);
    }
    SECTION("unless something unasked has arrived on it")
    {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        bench.send(bench.request());
        auto second = bench.server.accept();
        second.send(ok);
        REQUIRE(bench.wait());
        CHECK(bench.wait()->body == "hi");
    }
}

TEST_CASE(
    "a connection is not kept when either side says so, or for too long", "[http][RFC 9112 9.6]"
)
{
    http::ClientLimits limits;
    auto request_close = false;
    std::string answer = ok;
    SECTION("the server says close")
    {
        answer.insert(answer.find("X: y"), "Connection: close\r\n");
    }
    SECTION("HTTP/1.0")
    {
        answer.replace(0, 8, "HTTP/1.0");
    }
    SECTION("more came than was announced")
    {
        answer += "HTTP/1.1 200 OK\r\n";
    }
    SECTION("we say close")
    {
        request_close = true;
    }
    SECTION("its time is over")
    {
        limits.kept_for = 0ms - 1ms;
    }
    SECTION("no place is left")
    {
        limits.kept = 0;
    }
    Bench bench(limits);
    auto request = bench.request();
    if (request_close) request.headers.set("Connection", "close");
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    CHECK(
        (peer.read_until("xxxxx").find("Connection: close\r\n") != std::string::npos) ==
        request_close
    );
    peer.send(answer);
    REQUIRE(bench.wait());
    bench.send(bench.request());
    auto second = bench.server.accept();
    second.send(ok);
    CHECK(bench.wait());
}

TEST_CASE("two requests at once have a connection each", "[http]")
{
    Bench bench;
    std::optional<base::Result<http::ClientResponse>> other;
    bench.send(bench.request());
    asio::co_spawn(
        bench.loop.io, bench.client->send(bench.request()),
        [&](const std::exception_ptr&, base::Result<http::ClientResponse> got) {
            other = std::move(got);
        }
    );
    auto first = bench.server.accept();
    auto second = bench.server.accept();
    second.send(ok);
    first.send(ok);
    CHECK(bench.wait());
    bench.loop.turn_until([&] { return other.has_value(); });
    CHECK(*other);
}
