// SPDX-License-Identifier: Apache-2.0
// Requests over a socket: attacks on the framing, bodies that end early, codings, HEAD, and clients
// and proxies that are not ours.
#include "program.hpp"
#include "server_bench.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using Bench = ServerBench;

namespace {

// Whatever it is asked and whatever happens to the body: "not now".
asio::awaitable<http::Response> not_now(http::Request& request)
{
    for (;;) {
        const auto piece = co_await request.read();
        if (!piece || !*piece) break;
    }
    co_return http::plain(503, "text/plain", "not now");
}

std::size_t answers_in(const std::string& octets)
{
    std::size_t count = 0;
    for (auto at = octets.find("HTTP/1.1 "); at != std::string::npos;
         at = octets.find("HTTP/1.1 ", at + 1))
        ++count;
    return count;
}

} // namespace

TEST_CASE(
    "an attack by framing gets one refusal, and nothing behind it is read", "[http][RFC 9112 11.2]"
)
{
    const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string fields = GENERATE(
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", // CL.TE
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", // TE.CL
        "Transfer-Encoding: xchunked\r\n",                     // TE.TE and its disguises
        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\x0b"
        "chunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n", "X: y\rTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n", "Content-Length: 5, 0\r\n",
        "Content-Length: 0\r\n folded\r\n", "Content-Length : 5\r\n",
        "\r\x01"
        "Content-Length: 5\r\n",
        "Content-Length: 00000000000000000000000000000000005x\r\n", " Content-Length: 5\r\n",
        "Content Length: 5\r\n"
    );
    CAPTURE(fields);
    Bench bench;
    const auto answer = bench.answer(post + fields + "\r\n0\r\n\r\n" + smuggled);
    CHECK((status_of(answer) == 400 || status_of(answer) == 501));
    CHECK(answers_in(answer) == 1);
    CHECK(answer.find("smuggled") == std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("a refusal says why", "[http][RFC 9112 5.2]")
{
    Bench bench;
    const auto folded = bench.answer("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n");
    CHECK(status_of(folded) == 400);
    CHECK(folded.find("obs-fold") != std::string::npos);
    CHECK(bench.answer("GET / HTTP/1.1\r\n\r\n").find("no Host") != std::string::npos);
}

TEST_CASE("a transfer coding that we do not know is 501", "[http][RFC 9112 6.1]")
{
    Bench bench;
    const std::string codings = GENERATE("gzip, chunked", "x-a;b=c , deflate,chunked");
    const auto answer = bench.answer(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + codings + "\r\n\r\n0\r\n\r\n"
    );
    CHECK(status_of(answer) == 501);
    CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("empty lines between requests are ignored", "[http][RFC 9112 2.2]")
{
    Bench bench;
    auto peer = bench.raw();
    peer.send("\r\n" + hello + "\r\n");
    CHECK(peer.read_until("]").find("POST /a [hello]") != std::string::npos);
    peer.send("\r\n" + hello);
    CHECK(peer.read_until("]").find("POST /a [hello]") != std::string::npos);
}

TEST_CASE("a body that ends early is the client's fault, whatever the handler says", "[http]")
{
    const std::string message = GENERATE(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 500\r\n\r\nhello"
    );
    CAPTURE(message);
    Bench bench(not_now);
    auto peer = bench.raw();
    peer.send(message);
    peer.end_sending();
    const auto answer = peer.read_all();
    CHECK(status_of(answer) == 400);
    CHECK(answer.find("octets of the body") != std::string::npos);
    const bool counted = message.find("500") != std::string::npos;
    const bool some = message.ends_with("hello");
    if (counted)
        CHECK(answer.find(some ? "after 5 of 500 octets" : "after 0 of 500") != std::string::npos);
}

TEST_CASE("HEAD has the header of GET, and no body", "[http][RFC 9110 9.3.2]")
{
    const auto give = [](http::Request& request) -> asio::awaitable<http::Response> {
        auto response = http::plain(200, "text/plain", "hello");
        if (request.path() == "/404") response = http::plain(404, "text/plain", "nothing");
        if (request.path() == "/source") response.source = std::make_unique<MadeUp>(6);
        if (request.path() == "/chunks") response.source = std::make_unique<MadeUp>(6, false);
        co_return response;
    };
    Bench bench(give);
    const std::string path = GENERATE("/", "/404", "/source", "/chunks");
    const auto ask = [&](const std::string& method) {
        auto answer =
            bench.answer(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        const auto date = answer.find("Date: ");
        return answer.erase(date, answer.find("\r\n", date) - date);
    };
    const auto head = ask("HEAD");
    const auto get = ask("GET");
    CHECK(head.ends_with("\r\n\r\n"));
    CHECK(get.starts_with(head));
    CHECK(get.size() > head.size());
}

TEST_CASE("curl is understood: HEAD, an upgrade offered, chunks, an early end", "[http]")
{
    Bench bench;
    const auto curl = [&](const std::string& options) {
        return shell(
            bench.loop, "curl -sS --max-time 10 " + options + " " + bench.url("/a") + " 2>&1"
        );
    };
    CHECK(curl("--head").starts_with("HTTP/1.1 200 OK"));
    CHECK(curl("--http2").starts_with("GET /a []"));
    CHECK(curl("--http1.0 -d hello") == "POST /a [hello]");
    CHECK(curl("-H 'Transfer-Encoding: chunked' -d hello") == "POST /a [hello]");
    CHECK(curl("-H 'Expect: 100-continue' -d hello") == "POST /a [hello]");
    CHECK(
        curl("-H 'Transfer-Encoding: gzip, chunked' -d hello -o /dev/null -w '%{http_code}'") ==
        "501"
    );
}

TEST_CASE("HAProxy passes requests and answers on as they are", "[http]")
{
    const std::string haproxy = is_installed("haproxy") ? "haproxy" : "/usr/sbin/haproxy";
    if (!is_installed(haproxy)) {
        WARN("SKIPPED: haproxy is not installed");
        return;
    }
    Bench bench;
    const support::TemporaryFolder folder;
    const auto file = (folder.path() / "haproxy.cfg").string();
    std::uint16_t port = 0;
    {
        RawServer free(bench.loop);
        port = free.port();
    }
    std::ofstream(file) << "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n"
                           "  timeout server 5s\nfrontend f\n  bind 127.0.0.1:"
                        << port << "\n  default_backend b\nbackend b\n  server s 127.0.0.1:"
                        << bench.server->port() << "\n";
    Program proxy(bench.loop, {haproxy, "-db", "-f", file}, port);
    const auto ask = [&](const std::string& message) {
        Raw client(bench.loop, port);
        client.send(message);
        return client.read_all();
    };
    const std::string end = "Connection: close\r\n";
    CHECK(
        ask("GET /a HTTP/1.1\r\nHost: x\r\n" + end + "\r\n").find("GET /a []") != std::string::npos
    );
    CHECK(ask("HEAD /a HTTP/1.1\r\nHost: x\r\n" + end + "\r\n").ends_with("\r\n\r\n"));
    CHECK(
        ask("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + end +
            "\r\n5;x=y\r\nhello\r\n0\r\nT: r\r\n\r\n")
            .find("POST /a [hello]") != std::string::npos
    );
    CHECK(
        ask("POST /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello").find("[hello]") !=
        std::string::npos
    );
    // A client that goes away in mid-body: HAProxy closes towards us, and the next client is fine.
    {
        Raw client(bench.loop, port);
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhello");
        client.reset();
    }
    CHECK(
        ask("GET /b HTTP/1.1\r\nHost: x\r\n" + end + "\r\n").find("GET /b []") != std::string::npos
    );
}
