// SPDX-License-Identifier: Apache-2.0
// Who may talk to whom: both ends ours, and curl and openssl as strangers.
#include "support/temporary_folder.hpp"
#include "tls_bench.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {

using namespace std::chrono_literals;
using http::ClientCertificate;
using Bench = TlsBench;

http::TlsFiles server_as(ClientCertificate wanted, const support::Identity& identity)
{
    auto settings = files(identity, federation());
    settings.client = wanted;
    return settings;
}

} // namespace

TEST_CASE(
    "a client with a certificate of the accepted authority is known by it",
    "[http][eDelivery AS4 1.15]"
)
{
    const auto wanted = GENERATE(ClientCertificate::optional, ClientCertificate::required);
    auto settings = server_files(wanted);
    settings.min_version = GENERATE("1.2", "1.3");
    Bench bench(settings);
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

TEST_CASE("an optional certificate must still be a good one", "[http]")
{
    Bench bench(ClientCertificate::optional);
    const auto response = bench.ask(files(strangers().identity("client"), federation()));
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::certificate_refused);
}

TEST_CASE("a server of another authority is refused", "[http]")
{
    const auto version = GENERATE("1.2", "1.3");
    const auto stranger = strangers().identity("server");
    Bench bench(server_as(ClientCertificate::none, stranger));
    auto settings = anonymous();
    settings.min_version = settings.max_version = version;
    auto to = std::make_shared<http::Destination>();
    to->tls = http::client_context(settings).value();
    to->ca_key = "send.tls_ca";
    const auto one = bench.client(settings);
    const auto response = bench.ask(*one, "localhost", 5, to);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::server_certificate);
    const auto text = response.error().text();
    CAPTURE(text);
    // The stranger sends its chain; the fault is at the stranger's CA.
    CHECK(text.find("self-signed certificate in certificate chain") != std::string::npos);
    CHECK(text.find(crypto::described(strangers().certificate())) != std::string::npos);
    CHECK(text.find("to the file of send.tls_ca") != std::string::npos);
}

TEST_CASE("a server whose certificate is for another host is refused", "[http][RFC 6125]")
{
    // The certificate names localhost and 127.0.0.1.
    Bench bench(server_files(ClientCertificate::none), "127.0.0.2:0");
    const auto response = bench.ask(anonymous(), "127.0.0.2");
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::server_certificate);
    const auto text = response.error().text();
    CAPTURE(text);
    CHECK(text.find("not for 127.0.0.2 but for DNS:localhost") != std::string::npos);
    CHECK(text.find("CN=server") != std::string::npos);
    CHECK(text.find("tls_name") != std::string::npos);
    SECTION("unless the peer is known by another name")
    {
        auto to = std::make_shared<http::Destination>();
        to->tls = http::client_context(anonymous()).value();
        to->tls_name = GENERATE("localhost", "127.0.0.1");
        const auto one = bench.client(anonymous());
        CHECK(bench.ask(*one, "127.0.0.2", 5, to));
    }
    SECTION("and by its usual one no more, if it is known by another")
    {
        auto to = std::make_shared<http::Destination>();
        to->tls = http::client_context(anonymous()).value();
        to->tls_name = "ap.example";
        const auto one = bench.client(anonymous());
        const auto second = bench.ask(*one, "127.0.0.2", 5, to);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == http::errc::server_certificate);
        CHECK(second.error().text().find("not for ap.example") != std::string::npos);
    }
}

TEST_CASE("a server whose certificate has expired is refused", "[http]")
{
    const auto expired = federation().expired_identity("server");
    Bench bench(server_as(ClientCertificate::none, expired));
    const auto response = bench.ask(anonymous());
    REQUIRE_FALSE(response);
    CHECK(response.error().code == http::errc::server_certificate);
    const auto text = response.error().text();
    CAPTURE(text);
    CHECK(text.find("certificate has expired") != std::string::npos);
    CHECK(text.find(crypto::described(expired.certificate())) != std::string::npos);
    CHECK(text.find("the date here is 20") != std::string::npos);
    CHECK(text.find("the peer must renew it") != std::string::npos);
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

TEST_CASE("curl agrees with us on who may enter", "[http][eDelivery AS4 1.15]")
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
}

TEST_CASE("versions and suites are what the settings say", "[http][TA39]")
{
    auto server = server_files(ClientCertificate::none);
    auto client = anonymous();
    bool common = false;
    SECTION("a server of 1.2 and a client of 1.3")
    {
        server.max_version = "1.2";
        client.min_version = "1.3";
    }
    SECTION("a server of 1.3 and a client of 1.2")
    {
        server.min_version = "1.3";
        client.max_version = "1.2";
    }
    SECTION("other suites of 1.2")
    {
        client.max_version = "1.2";
        server.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
        client.ciphers = "ECDHE-RSA-AES256-GCM-SHA384";
    }
    SECTION("other suites of 1.3")
    {
        client.min_version = "1.3";
        server.ciphers = "TLS_AES_128_GCM_SHA256";
        client.ciphers = "TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256";
    }
    SECTION("other groups")
    {
        server.groups = "P-384:P-521";
        client.groups = "X25519";
    }
    SECTION("suites and groups in common")
    {
        server.ciphers = "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384";
        client.ciphers = "TLS_CHACHA20_POLY1305_SHA256,TLS_AES_256_GCM_SHA384";
        server.groups = "P-384";
        client.groups = "X25519:P-384";
        common = true;
    }
    Bench bench(server);
    const auto response = bench.ask(client);
    REQUIRE(response.has_value() == common);
    if (!common) CHECK(response.error().code == http::errc::tls_failed);
}

namespace {

std::string s_client(Bench& bench, const std::string& options)
{
    return shell(
        bench.loop, "echo | openssl s_client -connect 127.0.0.1:" +
                        std::to_string(bench.server->port()) + " " + options + " 2>&1"
    );
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a sender with TLS 1.0 or 1.1 gets no connection", "[http][TA40]")
{
    Bench bench(ClientCertificate::none);
    const std::string version = GENERATE("-tls1 ", "-tls1_1 ");
    CHECK(has(s_client(bench, version + "-cipher ALL:@SECLEVEL=0"), "Cipher is (NONE)"));
    CHECK_FALSE(has(s_client(bench, "-tls1_2"), "Cipher is (NONE)"));
}

TEST_CASE("a sender with SSL 2 or SSL 3 gets no connection", "[http][TA41]")
{
    Bench bench(ClientCertificate::none);
    // No client of today speaks them: the hellos are written here. Suites that both would know.
    std::string hello;
    SECTION("SSL 2")
    {
        const std::string body("\x01\x00\x02\x00\x03\x00\x00\x00\x10\x07\x00\xc0", 12);
        hello = body + std::string(16, 'c');
        hello.insert(0, {static_cast<char>(0x80), static_cast<char>(hello.size())});
    }
    SECTION("SSL 3")
    {
        const std::string suites("\x00\x00\x04\x00\x2f\x00\x0a\x01\x00", 9);
        const auto body = std::string("\x03\x00", 2) + std::string(32, 'r') + suites;
        const auto size = static_cast<char>(body.size());
        hello = std::string("\x16\x03\x00\x00", 4) + static_cast<char>(body.size() + 4) +
                std::string("\x01\x00\x00", 3) + size + body;
    }
    Raw peer(bench.loop, bench.server->port());
    peer.send(hello);
    const auto answer = peer.read_all();
    CHECK((answer.empty() || answer.front() == '\x15')); // an alert at most, never a handshake
}

TEST_CASE("a sender without a suite that we accept gets no connection", "[http][TA42]")
{
    Bench bench(ClientCertificate::none);
    const std::string options = GENERATE(
        "-tls1_2 -cipher AES128-GCM-SHA256", "-tls1_2 -cipher ECDHE-RSA-AES128-SHA256",
        "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256",
        "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256"
    );
    CHECK(has(s_client(bench, options), "Cipher is (NONE)"));
}

TEST_CASE("with a suite that we accept a sender gets its 2xx", "[http][TA43]")
{
    Bench bench(ClientCertificate::none);
    const std::string options = GENERATE(
        "--tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256",
        "--tls-max 1.2 --ciphers ECDHE-RSA-AES256-GCM-SHA384",
        "--tlsv1.3 --tls13-ciphers TLS_AES_128_GCM_SHA256",
        "--tlsv1.3 --tls13-ciphers TLS_AES_256_GCM_SHA384"
    );
    const auto ca = " --cacert '" + federation().certificate_file().string() + "' ";
    const auto asked = "curl -sS -d x -w ' %{http_code}' " + options + ca + bench.url();
    CHECK(shell(bench.loop, asked) == "nobody 200");
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
    SECTION("a key under a passphrase")
    {
        settings.key = folder.path() / "encrypted.pem";
        const auto command = "openssl pkey -aes256 -passout pass:x -in '" +
                             federation().identity("server").key_file.string() + "' -out '" +
                             settings.key.string() + "'";
        REQUIRE(std::system(command.c_str()) == 0);
        std::filesystem::permissions(settings.key, std::filesystem::perms(0600));
        blamed = "the key is encrypted";
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
        settings.min_version = blamed = "1.1";
    }
    SECTION("a most version that is no version, or below the least")
    {
        settings.min_version = "1.3";
        settings.max_version = GENERATE("1.2", "1.4");
        blamed = "1.3";
    }
    SECTION("unknown groups")
    {
        settings.groups = "WONDERFUL";
        blamed = "groups";
    }
    SECTION("clients are asked for, but no CA is known")
    {
        settings.ca.clear();
        blamed = "tls_ca";
    }
    const auto context = http::server_context(settings);
    REQUIRE_FALSE(context);
    CHECK(context.error().code == http::errc::bad_tls_files);
    CAPTURE(context.error().detail);
    CHECK(context.error().detail.find(blamed) != std::string::npos);
}
