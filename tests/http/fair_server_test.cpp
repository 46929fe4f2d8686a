// SPDX-License-Identifier: Apache-2.0
// Several clients at one server, from different addresses and with different certificates: none
// keeps out the others. The rules alone: connection_limiter_test.cpp.
#include "preambles.hpp"
#include "server_bench.hpp"
#include "tls_bench.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace std::chrono_literals;
using Bench = ServerBench;

namespace {

Raw connect_from(Bench& bench, const std::string& address)
{
    using asio::ip::tcp;
    tcp::socket socket(bench.loop.io, tcp::endpoint(asio::ip::make_address(address), 0));
    socket.connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), bench.server->port()));
    return {bench.loop, std::move(socket)};
}

// Everything but the last octets of a request's body.
std::string max_of_hello()
{
    return hello.substr(0, hello.size() - 2);
}

bool is_answered(Raw& peer)
{
    return peer.read_until("[hello]").starts_with("HTTP/1.1 200");
}

void turn(Loop& loop)
{
    for (int i = 0; i < 20; ++i)
        loop.io.poll();
}

std::size_t count(const Bench& bench, http::Phase phase)
{
    return bench.server->figures().now.at(static_cast<std::size_t>(phase));
}

} // namespace

TEST_CASE("an address at its share waits, and another one does not", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 8;
    limits.per_address = 2;
    Bench bench(echo, limits);
    auto first = connect_from(bench, "127.0.0.2");
    first.send(max_of_hello());
    auto second = connect_from(bench, "127.0.0.2");
    second.send(max_of_hello());
    auto third = connect_from(bench, "127.0.0.2");
    third.send(hello);
    auto other = connect_from(bench, "127.0.0.3");
    other.send(hello);
    CHECK(is_answered(other));
    CHECK_FALSE(third.has_input());
    CHECK(count(bench, http::Phase::waiting) == 1);
    CHECK(bench.server->figures().busiest_address == "127.0.0.2");
    first.send("lo");
    CHECK(is_answered(first));
    first.close();
    CHECK(is_answered(third));
}

TEST_CASE("of those who speak in one turn of the loop the address with fewest goes first", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 2;
    Bench bench(echo, limits);
    auto first = connect_from(bench, "127.0.0.2");
    first.send(max_of_hello());
    auto second = connect_from(bench, "127.0.0.2");
    auto other = connect_from(bench, "127.0.0.3");
    turn(bench.loop);
    second.send_now(hello);
    other.send_now(hello);
    CHECK(is_answered(other));
    CHECK_FALSE(second.has_input());
}

TEST_CASE("an address at its share is refused after a while", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 8;
    limits.per_address = 1;
    limits.piece = 40ms;
    const auto never = [](http::Request&) -> asio::awaitable<http::Response> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(asio::use_awaitable);
        co_return http::Response();
    };
    Bench bench(never, limits);
    auto first = connect_from(bench, "127.0.0.2");
    first.send(hello);
    auto second = connect_from(bench, "127.0.0.2");
    second.send(hello);
    CHECK(second.read_all().empty());
    CHECK(bench.server->figures().refused == 1);
    CHECK_FALSE(first.has_input());
}

TEST_CASE("slow headers of one address do not keep out another", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 4;
    Bench bench(echo, limits);
    std::vector<Raw> slow;
    for (int i = 0; i < 6; ++i) {
        slow.push_back(connect_from(bench, "127.0.0.2"));
        slow.back().send("POST /as4 HTTP/1.1\r\nX: ");
    }
    turn(bench.loop);
    auto other = connect_from(bench, "127.0.0.3");
    other.send(hello);
    CHECK(is_answered(other));
    CHECK(slow.front().read_all().empty());
    const auto header = static_cast<std::size_t>(http::Phase::header);
    CHECK(bench.server->figures().dropped.at(header) >= 1);
}

TEST_CASE("slow bodies of one address do not keep out another", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 2;
    Bench bench(echo, limits);
    auto one = connect_from(bench, "127.0.0.2");
    one.send(max_of_hello());
    auto two = connect_from(bench, "127.0.0.2");
    two.send(max_of_hello());
    turn(bench.loop);
    auto other = connect_from(bench, "127.0.0.3");
    other.send(hello);
    CHECK(is_answered(other));
    CHECK(one.read_all().empty());
}

TEST_CASE("silent connections hold no place, and as many as may wait", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 1;
    Bench bench(echo, limits);
    auto first = connect_from(bench, "127.0.0.2");
    auto second = connect_from(bench, "127.0.0.2");
    turn(bench.loop);
    auto other = connect_from(bench, "127.0.0.3");
    CHECK(first.read_all().empty());
    other.send(hello);
    CHECK(is_answered(other));
    CHECK_FALSE(second.has_input());
}

TEST_CASE("a request that is complete is never dropped, however many want in", "[http]")
{
    http::ServerLimits limits;
    limits.connections = 1;
    limits.idle_when_full = 0ms;
    Loop* loop = nullptr;
    std::unique_ptr<asio::steady_timer> work;
    const auto works = [&](http::Request& request) -> asio::awaitable<http::Response> {
        auto answer = co_await echo(request);
        work = std::make_unique<asio::steady_timer>(loop->io, 1h);
        boost::system::error_code stopped;
        co_await work->async_wait(asio::redirect_error(asio::use_awaitable, stopped));
        co_return answer;
    };
    Bench bench(works, limits);
    loop = &bench.loop;
    auto first = connect_from(bench, "127.0.0.2");
    first.send(hello);
    bench.loop.turn_until([&] { return work != nullptr; });
    auto second = connect_from(bench, "127.0.0.3");
    second.send(hello);
    turn(bench.loop);
    CHECK_FALSE(first.has_input());
    CHECK(count(bench, http::Phase::answer) == 1);
    std::exchange(work, nullptr)->cancel();
    CHECK(is_answered(first));
    bench.loop.turn_until([&] { return work != nullptr; });
    work->cancel();
    CHECK(is_answered(second));
}

TEST_CASE("an answered request whose body does not come may be dropped", "[http]")
{
    Bench bench(unread);
    auto one = connect_from(bench, "127.0.0.2");
    one.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
    CHECK(one.read_until("not read").starts_with("HTTP/1.1 200"));
    turn(bench.loop);
    CHECK(count(bench, http::Phase::closing) == 1);
    one.send(std::string(200'000, 'x'));
    bench.loop.turn_until([&] { return count(bench, http::Phase::idle) == 1; });
    one.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); // the connection carries on
    CHECK(one.read_until("not read").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a handler can have a slow request ended, of another address that holds more", "[http]")
{
    std::function<void()> before = [] {};
    const auto displace = [&](http::Request& request) -> asio::awaitable<http::Response> {
        if (request.path() == "/slow") co_return co_await echo(request);
        before();
        const bool done = request.displace_slow_request();
        co_return http::plain(200, "text/plain", done ? "[done]" : "[none]");
    };
    Bench bench(displace);
    const auto slow = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh";
    auto one = connect_from(bench, "127.0.0.2");
    one.send(slow);
    auto two = connect_from(bench, "127.0.0.2");
    two.send(slow);
    auto other = connect_from(bench, "127.0.0.3");
    const auto ask = [&] {
        other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        return other.read_until("]").find("[done]") != std::string::npos;
    };
    CHECK_FALSE(ask());
    bench.loop.turn_until(ask);
    CHECK(one.read_all().empty());
    CHECK_FALSE(two.has_input());
    before = [&] { two.send_now("ello"); }; // which the server has not read yet
    CHECK_FALSE(ask());
    CHECK(is_answered(two));
}

TEST_CASE("behind a proxy the share is that of the client it tells of", "[http][PROXY 2.2]")
{
    http::ServerLimits limits;
    limits.connections = 8;
    limits.per_address = 1;
    auto front = std::make_shared<http::Front>();
    front->proxies = http::AddressList::parse({"127.0.0.1"}).value();
    front->proxy_protocol = true;
    Bench bench(echo, limits, front);
    auto first = bench.raw();
    first.send(tcp4() + max_of_hello());
    auto second = bench.raw();
    second.send(tcp4() + hello);
    auto other = bench.raw();
    other.send(preamble('\x21', '\x21', tcp6_addresses) + hello);
    CHECK(is_answered(other));
    CHECK_FALSE(second.has_input());
    auto itself = bench.raw(); // the proxy's own connections have no share
    itself.send(preamble('\x20', '\x00', "") + max_of_hello());
    auto check = bench.raw();
    check.send(preamble('\x20', '\x00', "") + hello);
    CHECK(is_answered(check));
    first.send("lo");
    CHECK(is_answered(first));
    first.close();
    CHECK(is_answered(second));
}

TEST_CASE("a certificate that a proxy tells of has a share of the requests at once", "[http]")
{
    http::ServerLimits limits;
    limits.per_certificate = 1;
    auto front = std::make_shared<http::Front>();
    front->proxies = http::AddressList::parse({"127.0.0.1"}).value();
    front->certificate_header = "Client-Cert";
    front->issuers = std::make_shared<const crypto::TrustStore>(
        std::vector{federation().certificate()}, crypto::Use::tls_client
    );
    Bench bench(echo, limits, front);
    const auto post = [](const std::string& name) {
        const auto der = federation().identity(name).certificate().der();
        return "POST /a HTTP/1.1\r\nHost: x\r\nClient-Cert: :" + base::base64(der) +
               ":\r\nContent-Length: 5\r\n\r\nhel";
    };
    auto first = bench.raw();
    first.send(post("client"));
    turn(bench.loop);
    auto second = bench.raw();
    second.send(post("client") + "lo");
    const auto refused = second.read_all();
    CHECK(status_of(refused) == 503);
    CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
    auto other = bench.raw();
    other.send(post("other") + "lo");
    CHECK(is_answered(other));
    first.send("lo");
    CHECK(is_answered(first));
    other.send(post("client") + "lo"); // the connection of another client before
    CHECK(is_answered(other));
    CHECK(bench.server->figures().refused_certificates == 1);
}

TEST_CASE("the next handshake begins when one ends, not with the next look", "[http]")
{
    http::ServerLimits limits;
    limits.handshakes = 1;
    TlsBench bench(server_files(http::ClientCertificate::optional), "127.0.0.1:0", who, limits);
    const auto now = [&](http::Phase phase) {
        return bench.server->figures().now.at(static_cast<std::size_t>(phase));
    };
    Raw first(bench.loop, bench.server->port());
    first.send("\x16");
    bench.loop.turn_until([&] { return now(http::Phase::handshake) == 1; });
    Raw second(bench.loop, bench.server->port());
    second.send("\x16");
    turn(bench.loop);
    CHECK(now(http::Phase::waiting) == 1);
    first.send_now("no TLS at all");
    turn(bench.loop);
    CHECK(now(http::Phase::closing) == 1);
    CHECK(now(http::Phase::waiting) == 0);
}

TEST_CASE("a certificate of a handshake has a share of the connections", "[http]")
{
    http::ServerLimits limits;
    limits.per_certificate = 1;
    limits.idle_when_full = 1h;
    TlsBench bench(server_files(http::ClientCertificate::optional), "127.0.0.1:0", who, limits);
    const auto client = files(federation().identity("client"), federation());
    const auto first = bench.client(client);
    CHECK(bench.ask(*first).value().body == "client"); // and keeps its connection
    const auto second = bench.client(client);
    const auto refused = bench.ask(*second);
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->headers.get("Retry-After") == "1");
    CHECK(bench.ask(files(federation().identity("other"), federation())).value().body == "other");
    CHECK(bench.ask(anonymous()).value().body == "nobody");
    CHECK(bench.ask(*first).value().body == "client");
    CHECK(bench.server->figures().of_certificate == 1);
    CHECK(bench.server->figures().refused_certificates == 1);
}
