// SPDX-License-Identifier: Apache-2.0
// Through a proxy: one that the test plays, with every bad manner, and tinyproxy.
#include "client_bench.hpp"
#include "program.hpp"
#include "support/temporary_folder.hpp"
#include "tls_bench.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {

using namespace std::chrono_literals;
using http::ClientCertificate;
using http::errc;

constexpr const char* credentials = "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";

std::shared_ptr<const http::Destination> through(
    std::uint16_t port, const std::string& user = "user", const std::string& password = "secret"
)
{
    auto to = std::make_shared<http::Destination>();
    to->tls = http::client_context(anonymous()).value();
    const auto url = "http://127.0.0.1:" + std::to_string(port);
    auto proxy = http::make_proxy(url, user, crypto::Secret(password)).value();
    to->proxy = std::make_shared<http::Proxy>(std::move(proxy));
    return to;
}

// A client whose proxy the test plays; nobody could look these hosts up.
struct ProxyBench : ClientBench {
    explicit ProxyBench(const http::ClientLimits& limits = {}) : ClientBench(limits) {}

    void ask(const std::string& url)
    {
        auto one = request();
        one.url = url;
        one.destination = through(server.port());
        send(std::move(one));
    }
    base::Error refused()
    {
        const auto& got = wait();
        REQUIRE_FALSE(got);
        CAPTURE(got.error().text());
        CHECK(got.error().text().find("dXNlcjpzZWNyZXQ=") == std::string::npos);
        return got.error();
    }
    std::string proxy_name() const { return "127.0.0.1:" + std::to_string(server.port()); }
};

} // namespace

TEST_CASE(
    "a TLS server is asked for by CONNECT, with nothing of the request", "[http][RFC 9110 9.3.6]"
)
{
    ProxyBench bench;
    bench.ask("https://ap.invalid/msh");
    auto proxy = bench.server.accept();
    CHECK(
        proxy.read_until("\r\n\r\n") == "CONNECT ap.invalid:443 HTTP/1.1\r\nHost: "
                                        "ap.invalid:443\r\nUser-Agent: Kurir/" KURIR_VERSION
                                        "\r\n" +
                                            std::string(credentials) + "\r\n"
    );
    proxy.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\n\r\n");
    // What goes through is TLS, beginning with the ClientHello; the credentials stay with the
    // proxy.
    proxy.send("\x15\x03\x03"); // and an alert's beginning, to end it
    proxy.end_sending();
    const auto rest = proxy.read_all();
    CHECK(rest.starts_with("\x16\x03"));
    CHECK(rest.find("Basic") == std::string::npos);
    CHECK(bench.refused().code == errc::tls_failed);
}

TEST_CASE("an IPv6 address is asked for in brackets", "[http][RFC 9112 3.2.3]")
{
    ProxyBench bench;
    bench.ask("https://[2001:db8::1]:8443/msh");
    auto proxy = bench.server.accept();
    CHECK(proxy.read_until("\r\n").starts_with("CONNECT [2001:db8::1]:8443 HTTP/1.1"));
    proxy.close();
    CHECK(bench.refused().code == errc::proxy_refused);
}

TEST_CASE("a plain request names the whole address to the proxy", "[http][RFC 9112 3.2.2]")
{
    ProxyBench bench;
    bench.ask("http://ap.invalid:81/msh?a=b");
    auto proxy = bench.server.accept();
    const auto header = proxy.read_until("\r\n\r\n");
    CHECK(header.starts_with("POST http://ap.invalid:81/msh?a=b HTTP/1.1\r\n"));
    CHECK(header.find("\r\nHost: ap.invalid:81\r\n") != std::string::npos);
    CHECK(header.find(credentials) != std::string::npos);
    SECTION("and its answer is the peer's")
    {
        proxy.send(ok);
        REQUIRE(bench.wait());
        CHECK(bench.wait()->body == "hi");
    }
    SECTION("but 407 is the proxy's own, which has passed nothing on")
    {
        proxy.send("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
        const auto error = bench.refused();
        CHECK(error.code == errc::proxy_refused);
        CHECK(error.detail == "proxy " + bench.proxy_name() + " answered 407");
    }
}

TEST_CASE("without a proxy 407 is an answer as any other", "[http]")
{
    ClientBench bench;
    const auto& response = bench.answered("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(response);
    CHECK(response->status == 407);
}

TEST_CASE("a proxy that does not let us through is told by name, and nothing has arrived", "[http]")
{
    struct Row {
        std::string octets;
        const char* said;
    };
    const auto row = GENERATE(values<Row>({
        {"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", "407 (it wants a user"},
        {"HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno\n", "403 (it does not let us"},
        {"HTTP/1.1 502 No\r\n\r\n", "502 (it cannot reach"},
        {"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", "302"},
        {"HTTP/1.1 101 Switching\r\n\r\n", "101"},
        {"SSH-2.0-OpenSSH\r\n\r\n", "unusable"},
        {"\x16\x03\x03 garbage", "unusable"},
        {"HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x'), "unusable"},
        {"", "broke off"},
        {"HTTP/1.1 200 O", "broke off"},
        {"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", "more than its answer"},
    }));
    CAPTURE(row.octets.substr(0, 40));
    ProxyBench bench;
    bench.ask("https://ap.invalid/msh");
    auto proxy = bench.server.accept();
    proxy.read_until("\r\n\r\n");
    proxy.send(row.octets);
    proxy.close();
    const auto error = bench.refused();
    CHECK(error.code == errc::proxy_refused);
    CHECK(error.detail.find("proxy " + bench.proxy_name()) != std::string::npos);
    CHECK(error.detail.find(row.said) != std::string::npos);
}

TEST_CASE("a proxy's interim answers end", "[http]")
{
    ProxyBench bench;
    bench.ask("https://ap.invalid/msh");
    auto proxy = bench.server.accept();
    proxy.read_until("\r\n\r\n");
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += "HTTP/1.1 100 Continue\r\n\r\n";
    proxy.send(many);
    CHECK(bench.refused().code == errc::proxy_refused);
}

TEST_CASE("a silent proxy is a timeout before the request was sent", "[http]")
{
    http::ClientLimits limits;
    limits.connect = 60ms;
    ProxyBench bench(limits);
    bench.ask("https://ap.invalid/msh");
    auto proxy = bench.server.accept();
    const auto error = bench.refused();
    CHECK(error.code == errc::timeout_before);
    CHECK(error.detail.find("proxy " + bench.proxy_name()) != std::string::npos);
}

TEST_CASE("a proxy that nobody is cannot be connected to", "[http]")
{
    ProxyBench bench;
    auto one = bench.request();
    one.url = GENERATE("https://ap.invalid/", "http://ap.invalid/");
    const auto port = RawServer(bench.loop).port();
    one.destination = through(port);
    bench.send(std::move(one));
    const auto error = bench.refused();
    CHECK(error.code == errc::cannot_connect);
    CHECK(error.detail.find("proxy 127.0.0.1:" + std::to_string(port)) != std::string::npos);
}

namespace {

// The request's header fields, as the origin server got them.
asio::awaitable<http::Response> fields(http::Request& request)
{
    std::string text;
    for (const auto& [name, value] : request.headers().all())
        text += name + ": " + value + "\n";
    co_return http::plain(200, "text/plain", text);
}

std::vector<std::string> tinyproxy(const base::Path& folder, std::uint16_t port)
{
    const auto settings = folder / "tinyproxy.conf";
    std::ofstream(settings) << "Port " << port
                            << "\nListen 127.0.0.1\nTimeout 20\nMaxClients 20\n"
                               "BasicAuth user secret\nAllow 127.0.0.1\n";
    return {"tinyproxy", "-d", "-c", settings.string()};
}

} // namespace

TEST_CASE(
    "tinyproxy lets us through to TLS and plain servers, to whom our credentials say nothing",
    "[http]"
)
{
    if (!is_installed("tinyproxy")) {
        WARN("SKIPPED: tinyproxy is not installed");
        return;
    }
    const support::TemporaryFolder folder;
    TlsBench tls(server_files(ClientCertificate::none), "127.0.0.1:0", fields);
    http::Listen listen;
    listen.address = "127.0.0.1:0";
    const auto plain =
        http::Server::start(tls.loop.io.get_executor(), listen, http::ServerLimits(), fields)
            .value();
    const auto free_port = RawServer(tls.loop).port();
    const Program proxy(tls.loop, tinyproxy(folder.path(), free_port), free_port);

    const std::string url = GENERATE("https", "http") == std::string("https")
                                ? tls.url()
                                : "http://localhost:" + std::to_string(plain->port()) + "/";
    CAPTURE(url);
    const auto client = tls.client(anonymous());
    const auto ask = [&](std::shared_ptr<const http::Destination> to, const std::string& where,
                         std::string body = {}) {
        http::ClientRequest request;
        request.method = body.empty() ? "GET" : "POST";
        request.url = where;
        request.body = std::move(body);
        request.destination = std::move(to);
        return tls.loop.run(client->send(std::move(request)));
    };
    const auto to = through(free_port);
    for (int i = 0; i < 2; ++i) { // the second time on what was kept
        const auto response = ask(to, url, "xxxxx");
        if (!response) FAIL(response.error().text());
        CHECK(response->status == 200);
        CHECK(response->body.find("Content-Length: 5") != std::string::npos);
        CHECK(response->body.find("Authorization") == std::string::npos);
        CHECK(response->body.find("Basic") == std::string::npos);
    }
    const auto refused = ask(through(free_port, "user", "wrong"), url);
    if (url.starts_with("https")) {
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::proxy_refused);
    } else { // tinyproxy says this for 407, and nobody can know that it is not the peer's word
        REQUIRE(refused);
        CHECK(refused->status == 401);
    }
    const auto closed = RawServer(tls.loop).port();
    const auto nowhere = ask(to, "https://127.0.0.1:" + std::to_string(closed));
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().code == errc::proxy_refused);
    tls.loop.run(plain->stop(0ms));
}

TEST_CASE(
    "a client certificate refused behind a proxy is told as that: the proxy's answer was not the "
    "server's",
    "[http][RFC 8446 4.4.2.4]"
)
{
    if (!is_installed("tinyproxy")) {
        WARN("SKIPPED: tinyproxy is not installed");
        return;
    }
    const support::TemporaryFolder folder;
    TlsBench tls(ClientCertificate::required);
    const auto port = RawServer(tls.loop).port();
    const Program proxy(tls.loop, tinyproxy(folder.path(), port), port);
    const auto client = tls.client(anonymous());
    const auto response = tls.ask(*client, "localhost", 5, through(port));
    REQUIRE_FALSE(response);
    CAPTURE(response.error().text());
    CHECK(response.error().code == errc::certificate_demanded);
}
