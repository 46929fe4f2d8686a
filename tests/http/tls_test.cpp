// SPDX-License-Identifier: Apache-2.0
// Who may talk to whom: both ends ours, and curl and openssl as strangers.
#include "http/client.hpp"
#include "loop.hpp"
#include "support/authority.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {

using namespace std::chrono_literals;
using http::ClientCertificate;

asio::awaitable<http::Response> who(http::Request& request)
{
    const auto& client = request.client_certificate();
    co_return http::plain(200, "text/plain", client ? client->common_name() : "nobody");
}

const support::Authority& federation()
{
    static const support::Authority authority("federation");
    return authority;
}

const support::Authority& strangers()
{
    static const support::Authority authority("strangers");
    return authority;
}

http::TlsFiles files(const support::Identity& own, const support::Authority& accepted)
{
    http::TlsFiles result;
    result.key = own.key_file;
    result.certificate = own.chain_file;
    result.ca = accepted.certificate_file();
    return result;
}

struct Bench {
    explicit Bench(
        ClientCertificate wanted,
        const support::Identity& identity = federation().identity("server"),
        const std::string& address = "127.0.0.1:0", const std::string& least = "1.2"
    )
    {
        auto settings = files(identity, federation());
        settings.client = wanted;
        settings.least_version = least;
        http::Listen listen;
        listen.address = address;
        listen.tls = http::server_context(settings).value();
        server =
            http::Server::start(loop.io.get_executor(), listen, http::ServerLimits(), who).value();
    }
    ~Bench() { loop.run(server->stop(0ms)); }

    std::unique_ptr<http::Client> client(const http::TlsFiles& settings)
    {
        return http::Client::make(
            loop.io.get_executor(), http::client_context(settings).value(), http::ClientLimits()
        );
    }
    base::Result<http::ClientResponse>
    ask(const http::TlsFiles& settings, const std::string& host = "localhost", std::size_t body = 5)
    {
        const auto one = client(settings);
        http::ClientRequest request;
        request.url = "https://" + host + ":" + std::to_string(server->port()) + "/";
        request.body = base::Bytes(body, 'x');
        return loop.run(one->send(std::move(request)));
    }

    Loop loop;
    std::unique_ptr<http::Server> server;
};

http::TlsFiles anonymous()
{
    http::TlsFiles result;
    result.ca = federation().certificate_file();
    return result;
}

} // namespace

TEST_CASE(
    "a client with a certificate of the accepted authority is known by it",
    "[http][eDelivery AS4 1.15]"
)
{
    const auto wanted = GENERATE(ClientCertificate::optional, ClientCertificate::required);
    const auto least = GENERATE("1.2", "1.3");
    Bench bench(wanted, federation().identity("server"), "127.0.0.1:0", least);
    const auto host = GENERATE("localhost", "127.0.0.1");
    const auto response = bench.ask(files(federation().identity("client"), federation()), host);
    REQUIRE(response);
    CHECK(response->body == "client");
    REQUIRE(response->server);
    CHECK(response->server->common_name() == "server");
}

TEST_CASE("without a certificate one is nobody, where that is allowed", "[http]")
{
    const auto wanted = GENERATE(ClientCertificate::none, ClientCertificate::optional);
    Bench bench(wanted);
    const auto response = bench.ask(anonymous());
    REQUIRE(response);
    CHECK(response->body == "nobody");
}

TEST_CASE("a refused client is told tls_failed, also in TLS 1.3 where it shows late", "[http]")
{
    Bench bench(ClientCertificate::required);
    const auto body = GENERATE(
        std::size_t(5), std::size_t(3'000'000)
    ); // the write ends before the alert, or breaks
    const auto least = GENERATE("1.2", "1.3");
    SECTION("no certificate")
    {
        auto settings = anonymous();
        settings.least_version = least;
        const auto response = bench.ask(settings, "localhost", body);
        REQUIRE_FALSE(response);
        CHECK(response.error().code == http::errc::tls_failed);
    }
    SECTION("a certificate of another authority")
    {
        auto settings = files(strangers().identity("client"), federation());
        settings.least_version = least;
        const auto response = bench.ask(settings, "localhost", body);
        REQUIRE_FALSE(response);
        CHECK(response.error().code == http::errc::tls_failed);
    }
    SECTION("an expired certificate")
    {
        auto settings = files(federation().expired_identity("late"), federation());
        settings.least_version = least;
        const auto response = bench.ask(settings, "localhost", body);
        REQUIRE_FALSE(response);
        CHECK(response.error().code == http::errc::tls_failed);
    }
}

TEST_CASE("an optional certificate must still be a good one", "[http]")
{
    Bench bench(ClientCertificate::optional);
    const auto response = bench.ask(files(strangers().identity("client"), federation()));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::tls_failed);
}

TEST_CASE("a server of another authority is refused", "[http]")
{
    Bench bench(ClientCertificate::none, strangers().identity("server"));
    const auto response = bench.ask(anonymous());
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::tls_failed);
}

TEST_CASE("a server whose certificate is for another host is refused", "[http][RFC 6125]")
{
    Bench bench(
        ClientCertificate::none, federation().identity("server"), "127.0.0.2:0"
    ); // names localhost and 127.0.0.1
    const auto response = bench.ask(anonymous(), "127.0.0.2");
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::tls_failed);
}

TEST_CASE("a server whose certificate has expired is refused", "[http]")
{
    Bench bench(ClientCertificate::none, federation().expired_identity("server"));
    const auto response = bench.ask(anonymous());
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::tls_failed);
}

TEST_CASE("a plain peer is not taken for a TLS one", "[http]")
{
    Bench bench(ClientCertificate::none);
    SECTION("a plain client")
    {
        Raw peer(bench.loop, bench.server->port());
        peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(peer.read_all().find("200") == std::string::npos);
    }
    SECTION("a plain server")
    {
        RawServer plain(bench.loop);
        const auto client = bench.client(anonymous());
        http::ClientRequest request;
        request.url = "https://localhost:" + std::to_string(plain.port()) + "/";
        boost::system::error_code seen;
        bool done = false;
        asio::co_spawn(
            bench.loop.io, client->send(std::move(request)),
            [&](const std::exception_ptr&, const base::Result<http::ClientResponse>& response) {
                if (!response) seen = response.error().code;
                done = true;
            }
        );
        auto peer = plain.accept();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        bench.loop.turn_until([&] { return done; });
        CHECK(seen == http::errc::tls_failed);
    }
}

TEST_CASE(
    "curl and openssl agree with us on who may enter and by which protocol",
    "[http][eDelivery AS4 1.15]"
)
{
    Bench bench(ClientCertificate::required);
    const auto own = federation().identity("client");
    const auto url = "https://localhost:" + std::to_string(bench.server->port()) + "/";
    const auto ca = " --cacert '" + federation().certificate_file().string() + "' ";
    const auto key =
        " --cert '" + own.chain_file.string() + "' --key '" + own.key_file.string() + "' ";
    CHECK(
        shell(bench.loop, "curl -sS" + ca + key + url + " " + url) == "clientclient"
    ); // one connection
    CHECK(shell(bench.loop, "curl -sS --tls-max 1.2" + ca + key + url) == "client");
    CHECK(shell(bench.loop, "curl -sS" + ca + url + " 2>&1").find("status") != std::string::npos);
    const auto connect =
        "echo | openssl s_client -connect 127.0.0.1:" + std::to_string(bench.server->port()) + " ";
    CHECK(
        shell(bench.loop, connect + "-tls1_1 -cipher ALL:@SECLEVEL=0 2>&1")
            .find("Cipher is (NONE)") != std::string::npos
    );
    CHECK(
        shell(bench.loop, connect + "-tls1_2 -cipher AES128-GCM-SHA256 2>&1")
            .find("Cipher is (NONE)") != std::string::npos
    );
    CHECK(
        shell(bench.loop, connect + "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 2>&1")
            .find("Cipher is ECDHE") != std::string::npos
    );
}

TEST_CASE("32 MB go through TLS in pieces, both ways", "[http]")
{
    const auto mirror = [](http::Request& request) -> asio::awaitable<http::Response> {
        std::uint64_t octets = 0;
        for (;;) {
            const auto piece = co_await request.read();
            if (!piece || !*piece) break;
            octets += (*piece)->size();
        }
        http::Response response;
        response.source = std::make_unique<MadeUp>(octets, false);
        co_return response;
    };
    Loop loop;
    http::Listen listen;
    listen.address = "127.0.0.1:0";
    listen.tls = http::server_context(files(federation().identity("server"), federation())).value();
    const auto server =
        http::Server::start(loop.io.get_executor(), listen, http::ServerLimits(), mirror).value();
    const auto tls =
        http::client_context(files(federation().identity("client"), federation())).value();
    const auto client = http::Client::make(loop.io.get_executor(), tls, http::ClientLimits());
    std::uint64_t came = 0;
    http::ClientRequest request;
    request.url = "https://localhost:" + std::to_string(server->port()) + "/";
    request.source = std::make_unique<MadeUp>(32u << 20, GENERATE(true, false));
    request.sink = [&](base::BytesView piece) {
        came += piece.size();
        return base::Result<>();
    };
    const auto response = loop.run(client->send(std::move(request)));
    REQUIRE(response);
    CHECK(response->sent == 32u << 20);
    CHECK(came == 32u << 20);
    CHECK(response->body.empty());
    loop.run(server->stop(0ms));
}

TEST_CASE("unusable files are named", "[http]")
{
    const support::TemporaryFolder folder;
    const auto garbage = folder.path() / "garbage.pem";
    std::ofstream(garbage) << "garbage";
    const auto open_key = folder.path() / "open.pem";
    auto settings = files(federation().identity("server"), federation());
    std::filesystem::copy_file(settings.key, open_key);
    std::filesystem::permissions(open_key, std::filesystem::perms(0644));
    std::string blamed;
    SECTION("no such key")
    {
        settings.key = blamed = folder.path() / "absent.pem";
    }
    SECTION("not a key")
    {
        settings.key = blamed = garbage;
    }
    SECTION("a key everybody may read")
    {
        settings.key = blamed = open_key;
    }
    SECTION("the key of another certificate")
    {
        settings.key = blamed = federation().identity("client").key_file;
    }
    SECTION("not a certificate")
    {
        settings.certificate = blamed = garbage;
    }
    SECTION("not a CA")
    {
        settings.ca = blamed = garbage;
    }
    SECTION("unknown ciphers")
    {
        settings.ciphers = blamed = "WONDERFUL";
        blamed = "cipher";
    }
    SECTION("too old a version")
    {
        settings.least_version = blamed = "1.1";
    }
    SECTION("clients are asked for, but no CA is known")
    {
        settings.ca.clear();
        blamed = "CA";
    }
    const auto context = http::server_context(settings);
    REQUIRE_FALSE(context);
    CHECK(context.error().code == http::errc::bad_tls_files);
    CAPTURE(context.error().detail);
    CHECK(context.error().detail.find(blamed) != std::string::npos);
}
