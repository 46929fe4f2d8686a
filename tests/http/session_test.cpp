// SPDX-License-Identifier: Apache-2.0
// One connection of the server against raw peers and curl.
#include "server_bench.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>

using namespace std::chrono_literals;
using Bench = ServerBench;

TEST_CASE("a connection carries several requests, also pipelined ones", "[http][RFC 9112 9.3]")
{
    Bench bench;
    auto peer = bench.raw();
    for (int i = 0; i < 3; ++i) {
        REQUIRE(peer.send(hello));
        CHECK(peer.read_until("]").find("POST /a [hello]") != std::string::npos);
    }
    REQUIRE(peer.send(
        hello +
        "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n" +
        "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ));
    const auto answers = peer.read_all();
    CHECK(answers.find("POST /a [hello]") < answers.find("POST /b [yo]"));
    CHECK(answers.find("POST /b [yo]") < answers.find("GET /c []"));
    CHECK(answers.find("Connection: close") != std::string::npos);
}

TEST_CASE("the target is decoded for the handler", "[http][RFC 9112 3.2]")
{
    const auto show = [](http::Request& request) -> asio::awaitable<http::Response> {
        const auto text = request.path() + "|" + request.query("a b").value_or("none") + "|" +
                          request.query("c").value_or("none");
        co_return http::plain(200, "text/plain", text);
    };
    Bench bench(show);
    const auto target =
        GENERATE("/x%20y?a+b=1%202&c=3", "http://elsewhere/x%20y?a%20b=1+2&c=3&c=4");
    const auto answer = bench.answer(
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    CHECK(answer.find("\r\n\r\n/x y|1 2|3") != std::string::npos);
}

TEST_CASE(
    "what is not HTTP, or doubtful, gets 400 and the connection ends", "[http][RFC 9112 11.2]"
)
{
    Bench bench;
    const auto* message = GENERATE(
        "\x16\x03\x01", "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"
    );
    CAPTURE(message);
    const auto answer =
        bench.answer(std::string(message) + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_of(answer) == 400);
    CHECK(answer.find("smuggled") == std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE(
    "100-continue is said when the handler first reads, and not if it never does",
    "[http][RFC 9110 10.1.1]"
)
{
    const std::string header =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    SECTION("the handler reads")
    {
        Bench bench;
        auto peer = bench.raw();
        peer.send(header);
        CHECK(peer.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        peer.send("hello");
        CHECK(peer.read_until("]").find("[hello]") != std::string::npos);
    }
    SECTION("the handler refuses: the connection ends, as the body may or may not follow")
    {
        Bench bench(unread);
        const auto answer = bench.answer(header);
        CHECK(answer.starts_with("HTTP/1.1 200"));
        CHECK(answer.find("Connection: close") != std::string::npos);
    }
    SECTION("another expectation")
    {
        Bench bench;
        CHECK(
            status_of(bench.answer("GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n")) == 417
        );
    }
}

TEST_CASE("a client that goes away while its body is read ends that request only", "[http]")
{
    boost::system::error_code seen;
    const auto reader = [&](http::Request& request) -> asio::awaitable<http::Response> {
        for (;;) {
            const auto piece = co_await request.read();
            if (!piece) {
                seen = piece.error().code;
                co_return http::plain(400, "text/plain", "gone");
            }
            if (!*piece) co_return http::plain(200, "text/plain", "all");
        }
    };
    Bench bench(reader);
    auto peer = bench.raw();
    peer.send(hello.substr(0, hello.size() - 2));
    SECTION("by half-closing: it still gets an answer")
    {
        peer.end_sending();
        const auto answer = peer.read_all();
        CHECK(status_of(answer) == 400);
        CHECK(answer.find("gone") != std::string::npos); // the handler's own words
    }
    SECTION("by a reset")
    {
        peer.reset();
    }
    bench.loop.turn_until([&] { return seen == http::errc::closed; });
    CHECK(
        bench.answer("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").find("all") !=
        std::string::npos
    );
}

TEST_CASE("HTTP/1.0 is served one request per connection", "[http][RFC 9112 9.3]")
{
    Bench bench;
    const auto answer = bench.answer("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(answer.find("Connection: close") != std::string::npos);
    CHECK(answer.ends_with("GET /a []"));
}

TEST_CASE("an exception of the handler is a 500, and the connection goes on", "[http]")
{
    const auto fails = [](http::Request& request) -> asio::awaitable<http::Response> {
        if (request.path() == "/a") throw std::runtime_error("a bug");
        co_return http::plain(200, "text/plain", "fine");
    };
    Bench bench(fails);
    auto peer = bench.raw();
    peer.send(hello + "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto answers = peer.read_all();
    CHECK(status_of(answers) == 500);
    CHECK(answers.find("a bug") == std::string::npos);
    CHECK(answers.find("fine") != std::string::npos);
}

TEST_CASE("a response is framed by its length or in chunks", "[http][RFC 9112 6]")
{
    const auto give = [](http::Request& request) -> asio::awaitable<http::Response> {
        http::Response response;
        response.headers.set("Content-Length", "999"); // framing is the server's
        auto source = std::make_unique<MadeUp>(6, request.path() != "/chunks", 4);
        if (request.path() == "/short") source->announce = 7;
        if (request.path() == "/long") source->announce = 5;
        if (request.path() == "/fails") source->fail_at = 0;
        if (request.path() == "/breaks") source->fail_at = 4;
        if (request.path() == "/nothing")
            response.status = 204;
        else
            response.source = std::move(source);
        co_return response;
    };
    Bench bench(give);
    const auto get = [&](const std::string& path, const char* method = "GET",
                         const char* version = "1.1") {
        return bench.answer(
            std::string(method) + " " + path + " HTTP/" + version +
            "\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
    };
    CHECK(get("/length").find("Content-Length: 6\r\n\r\nxxxxxx") != std::string::npos);
    CHECK(get("/chunks").ends_with(
        "Transfer-Encoding: chunked\r\n\r\n4\r\nxxxx\r\n2\r\nxx\r\n0\r\n\r\n"
    ));
    CHECK(get("/chunks", "GET", "1.0").ends_with("\r\n\r\nxxxxxx"));
    CHECK(get("/length", "HEAD").ends_with("Content-Length: 6\r\n\r\n"));
    CHECK(get("/nothing").find("Content-Length") == std::string::npos);
    CHECK(status_of(get("/fails")) == 500);
    CHECK(get("/breaks").ends_with("\r\n\r\nxxxx"));
    CHECK(get("/short").find("Content-Length: 7\r\n\r\nxxxxxx") != std::string::npos);
    CHECK(get("/long").find("xxxxx") == std::string::npos); // never more than announced
    CHECK(get("/length").find("\r\nDate: ") != std::string::npos);
}

TEST_CASE(
    "curl uploads 32 MB in either framing, and the handler sees pieces of at most 64 KB", "[http]"
)
{
    std::size_t largest = 0;
    const auto count = [&](http::Request& request) -> asio::awaitable<http::Response> {
        std::uint64_t octets = 0;
        for (;;) {
            const auto piece = co_await request.read();
            if (!piece) co_return http::plain(400, "text/plain", piece.error().text());
            if (!*piece) break;
            octets += (*piece)->size();
            largest = std::max(largest, (*piece)->size());
        }
        co_return http::plain(200, "text/plain", std::to_string(octets));
    };
    Bench bench(count);
    const support::TemporaryFolder folder;
    const auto file = (folder.path() / "32MB").string();
    std::ofstream(file) << std::string(32u << 20, 'x');
    const std::string framing = GENERATE("", "-H 'Transfer-Encoding: chunked' ");
    CHECK(
        shell(bench.loop, "curl -sS --data-binary @" + file + " " + framing + bench.url()) ==
        "33554432"
    );
    CHECK(largest <= 64 * 1024);
}
