// SPDX-License-Identifier: Apache-2.0
// What one connection may send and how long it may take, against raw peers.
#include "server_bench.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace std::chrono_literals;
using Bench = ServerBench;

TEST_CASE("a header or body above its limit is refused", "[http]")
{
    http::ServerLimits limits;
    limits.header_bytes = 256;
    limits.body_bytes = 10;
    Bench bench(echo, limits);
    CHECK(
        status_of(bench.answer("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(300, 'x'))) == 431
    );
    CHECK(
        status_of(bench.answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world"
        )) == 413
    );
    CHECK(
        status_of(bench.answer("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                               "chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n")) == 413
    );
}

TEST_CASE("chunk extensions and trailers without end are refused", "[http]")
{
    Bench bench;
    const auto* start = GENERATE("1;", "0\r\nT: ");
    const auto answer = bench.answer(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(start) +
        std::string(100'000, 'x')
    );
    CHECK(status_of(answer) == 400);
}

TEST_CASE("a body too large is refused before the client sends it", "[http]")
{
    http::ServerLimits limits;
    limits.body_bytes = 10;
    Bench bench(echo, limits);
    const auto answer = bench.answer(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n"
    );
    CHECK(status_of(answer) == 413);
    CHECK(answer.find("100 Continue") == std::string::npos);
}

TEST_CASE("a small body nobody read is passed over, a large one ends the connection", "[http]")
{
    Bench bench(unread);
    auto peer = bench.raw();
    for (int i = 0; i < 2; ++i) {
        REQUIRE(peer.send(hello));
        CHECK(peer.read_until("not read").starts_with("HTTP/1.1 200"));
    }
    const auto post = [](std::size_t size) {
        return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
               "\r\n\r\n" + std::string(size, 'x');
    };
    peer.send(post(200'000));
    CHECK(peer.read_until("not read").find("Connection: close") == std::string::npos);
    peer.send(post(8'000'000) + hello);
    const auto answer = peer.read_all();
    CHECK(answer.starts_with("HTTP/1.1 200"));
    CHECK(answer.find("Connection: close") != std::string::npos); // told at once
    CHECK(answer.find("HTTP/1.1", 5) == std::string::npos);
}

TEST_CASE("an unread body of unknown length ends the connection once it proves large", "[http]")
{
    Bench bench(unread);
    auto peer = bench.raw();
    const auto post = [](std::size_t size) {
        std::string chunks;
        for (std::size_t i = 0; i < size / 4096; ++i)
            chunks += "1000\r\n" + std::string(4096, 'x') + "\r\n";
        return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
               "0\r\n\r\n";
    };
    peer.send(post(100'000) + hello);
    CHECK(peer.read_until("not read").starts_with("HTTP/1.1 200"));
    CHECK(peer.read_until("not read").starts_with("HTTP/1.1 200"));
    peer.send(post(4'000'000) + hello);
    const auto answer = peer.read_all();
    CHECK(answer.starts_with("HTTP/1.1 200"));
    CHECK(answer.find("HTTP/1.1", 5) == std::string::npos);
}

TEST_CASE("a slow client meets the limit of the step it is at", "[http]")
{
    http::ServerLimits limits;
    limits.idle = 60ms;
    limits.piece = 30ms;
    Bench bench(echo, limits);
    CHECK(bench.answer("").empty());                   // idle: nothing to answer
    CHECK(status_of(bench.answer("GET / HT")) == 408); // within the header
    CHECK(status_of(bench.answer(hello.substr(0, hello.size() - 2))) == 408); // within the body
}

TEST_CASE("a header that drips is cut off however steadily it drips", "[http]")
{
    http::ServerLimits limits;
    limits.piece = 50ms;
    Bench bench(echo, limits);
    auto peer = bench.raw();
    peer.send("GET / HTTP/1.1\r\nX: ");
    asio::steady_timer drop(bench.loop.io);
    const auto wait = [&]() -> asio::awaitable<void> {
        drop.expires_after(5ms);
        co_await drop.async_wait(asio::use_awaitable);
    };
    int drops = 0;
    for (; drops < 1000 && !peer.has_input(); ++drops) {
        peer.send("x");
        bench.loop.run(wait());
    }
    CHECK(drops < 1000);
    CHECK(status_of(peer.read_all()) == 408);
}

TEST_CASE("a request may not take longer than its limit, wherever it waits", "[http]")
{
    http::ServerLimits limits;
    limits.handling = 30ms;
    bool interrupted = false;
    const auto sleepy = [&](http::Request&) -> asio::awaitable<http::Response> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (const boost::system::system_error&) {
            interrupted = true;
            throw;
        }
        co_return http::Response();
    };
    Bench bench(sleepy, limits);
    CHECK(bench.answer(hello).empty());
    CHECK(interrupted);
}

TEST_CASE("octets earn time beyond the limit of a request, and too few of them do not", "[http]")
{
    http::ServerLimits limits;
    limits.handling = 40ms;
    const bool enough = GENERATE(true, false);
    limits.min_rate = enough ? 100 : 1'000'000; // octets a second
    Bench bench(echo, limits);
    auto peer = bench.raw();
    // The first hundred octets earn a second, so that a busy machine does not end the request.
    peer.send(
        "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 700\r\n\r\n" +
        std::string(100, 'x')
    );
    asio::steady_timer drop(bench.loop.io);
    const auto wait = [&]() -> asio::awaitable<void> {
        drop.expires_after(5ms);
        co_await drop.async_wait(asio::use_awaitable);
    };
    for (int i = 0; i < 30 && peer.send(std::string(20, 'x')); ++i)
        bench.loop.run(wait());
    const auto answer = peer.read_all();
    CHECK(answer.empty() != enough);
    CHECK(answer.starts_with("HTTP/1.1 200") == enough);
}

TEST_CASE("a client that does not read its answer meets the limit of a write", "[http]")
{
    http::ServerLimits limits;
    limits.piece = 50ms;
    std::uint64_t given = 0;
    bool over = false;
    struct Counted final : http::BodySource {
        Counted(std::uint64_t& count, bool& end) : given(count), over(end) {}
        ~Counted() override { over = true; }
        std::optional<std::uint64_t> length() const override { return std::nullopt; }
        asio::awaitable<base::Result<base::Bytes>> next() override
        {
            base::Bytes piece(64 * 1024, 'x');
            given += piece.size();
            co_return piece;
        }
        std::uint64_t& given;
        bool& over;
    };
    const auto endless = [&](http::Request&) -> asio::awaitable<http::Response> {
        http::Response response;
        response.source = std::make_unique<Counted>(given, over);
        co_return response;
    };
    Bench bench(endless, limits);
    auto peer = bench.raw();
    peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    bench.loop.turn_until([&] { return over; });
    CHECK(given < 32u << 20); // what the kernel's buffers took, and not what memory has
}
