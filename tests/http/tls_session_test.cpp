// SPDX-License-Identifier: Apache-2.0
// Sessions that are taken up again, and those that must not be.
#include "program.hpp"
#include "support/temporary_folder.hpp"
#include "tls_bench.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using http::ClientCertificate;
using http::errc;

http::TlsFiles of_version(http::TlsFiles settings, const std::string& version)
{
    settings.min_version = settings.max_version = version;
    return settings;
}

http::TlsFiles client_files()
{
    return files(federation().identity("client"), federation());
}

// Whether a new connection took up an earlier session, and whom the server saw.
struct Seen {
    bool resumed = false;
    std::string whom;
};

Seen on_new_connection(TlsBench& bench, http::Client& client, const std::string& host = "localhost")
{
    client.close_idle();
    const auto response = bench.ask(client, host);
    if (!response) return {false, response.error().text()};
    CHECK(response->server);
    return {response->resumed, response->body};
}

} // namespace

TEST_CASE(
    "a new connection takes up an earlier session, and both sides know each other still",
    "[http][RFC 8446 2.2][RFC 5077]"
)
{
    TlsBench bench(ClientCertificate::required);
    const auto client = bench.client(of_version(client_files(), GENERATE("1.2", "1.3")));
    CHECK_FALSE(on_new_connection(bench, *client).resumed);
    for (int i = 0; i < 3; ++i) {
        const auto seen = on_new_connection(bench, *client);
        CHECK(seen.resumed);
        CHECK(seen.whom == "client");
    }
}

TEST_CASE("servers and clients that are not ours take up sessions with us", "[http]")
{
    const std::string version = GENERATE("1.2", "1.3");
    SECTION("openssl as the server")
    {
        Loop loop;
        const auto own = federation().identity("server");
        Program server(
            loop, {"openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert",
                   own.chain_file.string(), "-key", own.key_file.string(), "-CAfile",
                   federation().certificate_file().string(), "-Verify", "1", "-www", "-quiet"}
        );
        const auto tls = http::client_context(of_version(client_files(), version)).value();
        const auto client = http::Client::make(loop.io.get_executor(), tls, http::ClientLimits());
        const auto page = [&] {
            http::ClientRequest request;
            request.method = "GET";
            request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
            client->close_idle();
            const auto response = loop.run(client->send(std::move(request)));
            return response ? response->body : response.error().text();
        };
        CHECK_THAT(page(), Catch::Contains("New, TLSv" + version));
        CHECK_THAT(page(), Catch::Contains("Reused, TLSv" + version));
    }
    SECTION("openssl as the client")
    {
        TlsBench bench(ClientCertificate::required);
        const support::TemporaryFolder folder;
        const auto own = federation().identity("client");
        const auto session = (folder.path() / "session").string();
        const auto run = [&](const std::string& option) {
            return shell(
                bench.loop,
                "printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' | timeout 10 "
                "openssl s_client -ign_eof -connect 127.0.0.1:" +
                    std::to_string(bench.server->port()) + " -cert '" + own.chain_file.string() +
                    "' -key '" + own.key_file.string() + "' " +
                    (version == "1.2" ? "-tls1_2" : "-tls1_3") + " " + option + session + " 2>&1"
            );
        };
        CHECK_THAT(run("-sess_out "), Catch::Contains("New, TLSv" + version));
        const auto second = run("-sess_in ");
        CHECK_THAT(second, Catch::Contains("Reused, TLSv" + version));
        CHECK_THAT(second, Catch::Contains("\r\n\r\nclient"));
    }
}

TEST_CASE("a session is not taken to another name, identity or setting", "[http]")
{
    TlsBench bench(ClientCertificate::optional);
    const auto client = bench.client(client_files());
    on_new_connection(bench, *client);
    REQUIRE(on_new_connection(bench, *client).resumed);
    SECTION("another name")
    {
        CHECK_FALSE(on_new_connection(bench, *client, "127.0.0.1").resumed);
    }
    SECTION("another identity")
    {
        client->close_idle();
        auto to = std::make_shared<http::Destination>();
        to->tls = http::client_context(anonymous()).value();
        const auto response = bench.ask(*client, "localhost", 5, to);
        REQUIRE(response);
        CHECK_FALSE(response->resumed);
        CHECK(response->body == "nobody");
    }
    SECTION("other CAs")
    {
        client->close_idle();
        auto to = std::make_shared<http::Destination>();
        to->tls = http::client_context(files(federation().identity("client"), strangers())).value();
        const auto response = bench.ask(*client, "localhost", 5, to);
        REQUIRE_FALSE(response);
        CHECK(response.error().code == errc::server_certificate);
    }
}

TEST_CASE("a kept connection belongs to its destination", "[http]")
{
    TlsBench bench(ClientCertificate::optional);
    const auto client = bench.client(client_files());
    CHECK(bench.ask(*client)->body == "client");
    auto to = std::make_shared<http::Destination>();
    to->tls = http::client_context(anonymous()).value();
    CHECK(bench.ask(*client, "localhost", 5, to)->body == "nobody");
    CHECK(bench.ask(*client)->body == "client");
}

TEST_CASE("a ticket of TLS 1.3 is used once", "[http][RFC 8446 C.4]")
{
    TlsBench bench(ClientCertificate::none);
    const auto client = bench.client(of_version(anonymous(), "1.3"));
    on_new_connection(bench, *client); // the server gives two
    client->close_idle();
    int resumed = 0;
    int answered = 0;
    for (int i = 0; i < 3; ++i) {
        http::ClientRequest request;
        request.url = bench.url();
        asio::co_spawn(
            bench.loop.io, client->send(std::move(request)),
            [&](const std::exception_ptr&, const base::Result<http::ClientResponse>& response) {
                ++answered;
                if (response && response->resumed) ++resumed;
            }
        );
    }
    bench.loop.turn_until([&] { return answered == 3; });
    CHECK(resumed == 2);
}

TEST_CASE("sessions are not resumed where either side does not want it", "[http][TA39]")
{
    auto server = server_files(ClientCertificate::required);
    auto client_settings = of_version(client_files(), GENERATE("1.2", "1.3"));
    (GENERATE(true, false) ? server : client_settings).resumption = 0ms;
    TlsBench bench(server);
    const auto client = bench.client(client_settings);
    for (int i = 0; i < 2; ++i) {
        const auto seen = on_new_connection(bench, *client);
        CHECK_FALSE(seen.resumed);
        CHECK(seen.whom == "client");
    }
}

TEST_CASE("a session ends with its limit, however often it was taken up", "[http]")
{
    auto server = server_files(ClientCertificate::required);
    auto client_settings = of_version(client_files(), GENERATE("1.2", "1.3"));
    (GENERATE(true, false) ? server : client_settings).resumption = 1200ms;
    TlsBench bench(server);
    const auto client = bench.client(client_settings);
    CHECK_FALSE(on_new_connection(bench, *client).resumed);
    // Resumed again and again, it is made anew all the same.
    bench.loop.turn_until([&] { return !on_new_connection(bench, *client).resumed; });
    CHECK(on_new_connection(bench, *client).whom == "client");
}

TEST_CASE("a client whose certificate has expired since is not let in by its session", "[http]")
{
    TlsBench bench(ClientCertificate::required);
    const auto own = federation().short_lived_identity("brief", 4s);
    const auto client = bench.client(of_version(files(own, federation()), GENERATE("1.2", "1.3")));
    CHECK(on_new_connection(bench, *client).whom == "brief");
    std::string whom;
    bench.loop.turn_until([&] {
        whom = on_new_connection(bench, *client).whom;
        return whom != "brief";
    });
    CHECK(whom.find("refused our client certificate") != std::string::npos);
    std::filesystem::remove_all(own.key_file.parent_path());
}

TEST_CASE("a server that takes other CAs now knows no earlier session", "[http]")
{
    const auto version = GENERATE("1.2", "1.3");
    auto bench = std::make_unique<TlsBench>(ClientCertificate::required);
    const auto tls = http::client_context(of_version(client_files(), version)).value();
    const auto address = "127.0.0.1:" + std::to_string(bench->server->port());
    const auto ask = [&](TlsBench& whom) {
        const auto client =
            http::Client::make(whom.loop.io.get_executor(), tls, http::ClientLimits());
        return whom.ask(*client, "127.0.0.1");
    };
    REQUIRE(ask(*bench));
    REQUIRE(ask(*bench)->resumed);
    bench.reset();
    auto settings = files(federation().identity("server"), strangers());
    TlsBench other(settings, address);
    const auto response = ask(other);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == errc::certificate_refused);
}
