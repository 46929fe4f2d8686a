// SPDX-License-Identifier: Apache-2.0
// Failures: what the client says decides whether a message is sent again.
#include "client_bench.hpp"
#include "support/authority.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using http::errc;
using Bench = ClientBench;

TEST_CASE("an answer is taken in any framing", "[http][RFC 9112 6.3]")
{
    Bench bench;
    const auto* octets = GENERATE(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: "
        "y\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: z\r\n\r\nHTTP/1.0 200 OK\r\nX: "
        "y\r\n\r\nhi"
    );
    const auto& response = bench.answered(octets);
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->body == "hi");
    CHECK(response->headers.get("X") == "y");
    CHECK(response->sent == 5);
    CHECK_FALSE(response->server);
}

TEST_CASE("a request says where it goes and how long it is", "[http][RFC 9112 3.2]")
{
    Bench bench;
    auto request = bench.request();
    request.headers.set("Content-Type", "text/plain");
    request.headers.set("Transfer-Encoding", "gzip"); // framing is the client's
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    const auto header = peer.read_until("\r\n\r\n");
    CHECK(
        header == "POST /msh HTTP/1.1\r\nContent-Type: text/plain\r\nHost: 127.0.0.1:" +
                      std::to_string(bench.server.port()) +
                      "\r\nUser-Agent: Kurir/" KURIR_VERSION
                      "\r\nAccept-Encoding: identity\r\nContent-Length: 5\r\n\r\n"
    );
    peer.send(ok);
    CHECK(bench.wait());
}

TEST_CASE("a GET has no body, and the answer to HEAD none either", "[http]")
{
    Bench bench;
    auto request = bench.request(0);
    request.method = "HEAD";
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    CHECK(peer.read_until("\r\n\r\n").find("Content-Length") == std::string::npos);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    REQUIRE(bench.wait());
    CHECK(bench.wait()->body.empty());
}

TEST_CASE("what an answer that is no answer means", "[http]")
{
    struct Row {
        const char* octets;
        errc code;
    };
    const auto row = GENERATE(values<Row>({
        {"", errc::broken_after},
        {"HTTP/1.1 200", errc::broken_after},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", errc::broken_after},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", errc::broken_after},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n", errc::bad_response},
        {"SSH-2.0-OpenSSH\r\n\r\n", errc::bad_response},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", errc::bad_response},
        {"HTTP/1.1 999 What\r\nContent-Length: 1, 2\r\n\r\n", errc::bad_response},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", errc::too_large},
    }));
    CAPTURE(row.octets);
    Bench bench;
    const auto& response = bench.answered(row.octets);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == row.code);
}

TEST_CASE("interim answers without end are refused", "[http]")
{
    Bench bench;
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "HTTP/1.1 100 Continue\r\n\r\n";
    const auto& response = bench.answered(many);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::bad_response);
}

TEST_CASE("an answer above the limits is given up", "[http]")
{
    http::ClientLimits limits;
    limits.response_bytes = 10;
    Bench bench(limits);
    const std::string octets = GENERATE(
        std::string("HTTP/1.1 200 OK\r\n\r\nhello world"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')
    );
    const auto& response = bench.answered(octets);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::too_large);
}

TEST_CASE("a server that refuses, or that nobody is, cannot be connected to", "[http]")
{
    Bench bench;
    auto request = bench.request();
    bench.server.close();
    SECTION("a closed port") {}
    SECTION("no such socket")
    {
        request.url = "unix:/nowhere/x.sock:/";
    }
    bench.send(std::move(request));
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == errc::cannot_connect);
}

TEST_CASE("a host without address, and a bad URL, are said as such", "[http]")
{
    Bench bench;
    auto request = bench.request();
    SECTION("no address")
    {
        request.url = "http://no-such-host.invalid/";
        bench.send(std::move(request));
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::cannot_resolve);
    }
    SECTION("bad URL")
    {
        request.url = "mailto:x@y";
        bench.send(std::move(request));
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::bad_url);
    }
}

TEST_CASE("https without TLS settings is not sent in plain", "[http]")
{
    Bench bench;
    auto request = bench.request();
    request.url = "https://127.0.0.1:" + std::to_string(bench.server.port()) + "/";
    bench.send(std::move(request));
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == errc::tls_failed);
    CHECK_FALSE(bench.server.waiting());
}

TEST_CASE(
    "a server that never answers is a timeout after, one that never reads a timeout before",
    "[http]"
)
{
    http::ClientLimits limits;
    limits.answer = 40ms;
    limits.piece = 40ms;
    Bench bench(limits);
    SECTION("never answers")
    {
        bench.send(bench.request());
        auto peer = bench.server.accept();
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::timeout_after);
    }
    SECTION("stops within the answer")
    {
        bench.send(bench.request());
        auto peer = bench.server.accept();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi");
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::timeout_after);
    }
    SECTION("never reads")
    {
        bench.send(bench.request(32u << 20));
        auto peer = bench.server.accept();
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::timeout_before);
    }
    SECTION("never finishes the TLS handshake")
    {
        http::ClientLimits short_connect;
        short_connect.connect = 40ms;
        http::TlsFiles files;
        files.ca = support::Authority("federation").certificate_file();
        bench.client = http::Client::make(
            bench.loop.io.get_executor(), http::client_context(files).value(), short_connect
        );
        auto request = bench.request();
        request.url.replace(0, 4, "https");
        bench.send(std::move(request));
        auto peer = bench.server.accept();
        REQUIRE_FALSE(bench.wait());
        CHECK(bench.wait().error().code == errc::timeout_before);
    }
}

TEST_CASE("a connection that breaks while the request is sent is broken before", "[http]")
{
    Bench bench;
    bench.send(bench.request(32u << 20));
    auto peer = bench.server.accept();
    peer.read_until("\r\n\r\n");
    peer.reset();
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == errc::broken_before);
}

TEST_CASE(
    "an answer that comes before the request is sent whole still counts", "[http][RFC 9112 9.5]"
)
{
    Bench bench;
    auto request = bench.request(0);
    request.source = std::make_unique<MadeUp>(32u << 20);
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    peer.close();
    REQUIRE(bench.wait());
    CHECK(bench.wait()->status == 413);
    CHECK(bench.wait()->sent < 32u << 20);
}

TEST_CASE("a body of unknown length goes in chunks", "[http][RFC 9112 7.1]")
{
    Bench bench;
    auto request = bench.request(0);
    request.source = std::make_unique<MadeUp>(6, false, 4);
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    CHECK(peer.read_until("0\r\n\r\n")
              .ends_with("Transfer-Encoding: chunked\r\n\r\n4\r\nxxxx\r\n2\r\nxx\r\n0\r\n\r\n"));
    peer.send(ok);
    REQUIRE(bench.wait());
    CHECK(bench.wait()->sent == 6);
}

TEST_CASE(
    "a source that fails, or lies about its length, never looks like a whole request", "[http]"
)
{
    Bench bench;
    auto source = std::make_unique<MadeUp>(6, GENERATE(true, false), 4);
    if (GENERATE(true, false))
        source->fail_at = 4;
    else
        source->announce = 7;
    const bool whole = !source->length() && source->fail_at > 6;
    if (whole) return; // chunks announce nothing to lie about
    auto request = bench.request(0);
    request.source = std::move(source);
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == errc::source_failed);
    CHECK(peer.read_all().find("0\r\n\r\n") == std::string::npos);
}

TEST_CASE("a sink gets a 2xx body in pieces, and other bodies are gathered", "[http]")
{
    Bench bench;
    std::string sunk;
    auto request = bench.request();
    request.sink = [&](base::BytesView piece) {
        sunk += piece;
        return base::Result<>();
    };
    const bool good = GENERATE(true, false);
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    peer.send(
        std::string(good ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found") +
        "\r\nContent-Length: 2\r\n\r\nhi"
    );
    REQUIRE(bench.wait());
    CHECK(sunk == (good ? "hi" : ""));
    CHECK(bench.wait()->body == (good ? "" : "hi"));
}

TEST_CASE("a sink that fails ends the exchange with its own error", "[http]")
{
    Bench bench;
    auto request = bench.request();
    request.sink = [](base::BytesView) {
        return base::Result<>(base::Error(base::errc::disk_full));
    };
    bench.send(std::move(request));
    auto peer = bench.server.accept();
    peer.send(ok);
    REQUIRE_FALSE(bench.wait());
    CHECK(bench.wait().error().code == base::errc::disk_full);
}

TEST_CASE("a refusal's status and Retry-After are the caller's to read", "[http][RFC 9110 10.2.3]")
{
    Bench bench;
    const auto& response = bench.answered(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 5\r\n\r\nlater"
    );
    REQUIRE(response);
    CHECK(response->status == 503);
    CHECK(response->headers.get("Retry-After") == "120");
    CHECK(response->body == "later");
}

namespace {

// Sends an octet again and again, each well within the time for a piece, until the client is gone.
asio::awaitable<void> drip(Raw& peer, std::string octets)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (bool there = true; there;) {
        pause.expires_after(5ms);
        co_await pause.async_wait(asio::use_awaitable);
        there = co_await peer.write(octets);
    }
}

} // namespace

TEST_CASE("an answer that never ends is cut off as a whole, however lively it is", "[http]")
{
    http::ClientLimits limits;
    limits.piece = 10s;
    limits.answer = 200ms;
    limits.kept_for = 1h;
    struct Row {
        const char* begin;
        const char* octets;
    };
    const auto row = GENERATE(values<Row>({
        {"HTTP/1.1 200 ", "x"},
        {"HTTP/1.1 200 OK\r\nX: ", "x"},
        {"HTTP/1.1 200 OK\r\n", "X: y\r\n"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x"},
        {"HTTP/1.1 200 OK\r\n\r\n", "x"},
        {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x"},
    }));
    CAPTURE(row.begin);
    Bench bench(limits);
    bench.send(bench.request());
    auto peer = bench.server.accept();
    peer.read_until("xxxxx");
    peer.send(row.begin);
    bool gone = false;
    asio::co_spawn(bench.loop.io, drip(peer, row.octets), [&](const std::exception_ptr&) {
        gone = true;
    });
    const auto& response = bench.wait();
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::timeout_after);
    bench.loop.turn_until([&] { return gone; }); // the connection is closed, too
}
