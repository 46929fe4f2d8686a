// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"
#include "loop.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

namespace {

using namespace std::chrono_literals;

asio::awaitable<http::Response> who(http::Request& request)
{
    co_return http::plain(200, "text/plain", request.remote() + " " + request.path());
}

base::Result<std::unique_ptr<http::Server>> start(Loop& loop, const std::string& address)
{
    http::Listen listen;
    listen.address = address;
    return http::Server::start(loop.io.get_executor(), listen, http::ServerLimits(), who);
}

std::string ask(Loop& loop, const std::string& url)
{
    const auto client = http::Client::make(loop.io.get_executor(), nullptr, http::ClientLimits());
    http::ClientRequest request;
    request.method = "GET";
    request.url = url;
    const auto response = loop.run(client->send(std::move(request)));
    return response ? response->body : response.error().text();
}

} // namespace

TEST_CASE("a Unix socket serves its owner alone, and its name goes when the server stops", "[http]")
{
    Loop loop;
    const support::TemporaryFolder folder;
    const auto path = folder.path() / "admin.sock";
    auto server = start(loop, "unix:" + path.string());
    REQUIRE(server);
    const auto mode = std::filesystem::status(path).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(ask(loop, "unix:" + path.string() + ":/v1/x") == "unix /v1/x");
    CHECK(
        shell(loop, "curl -sS --unix-socket " + path.string() + " http://localhost/y") == "unix /y"
    );
    loop.run((*server)->stop(0ms));
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE(
    "a socket file is replaced if nobody listens behind it, and never anything else", "[http]"
)
{
    Loop loop;
    const support::TemporaryFolder folder;
    const auto path = folder.path() / "s";
    const auto address = "unix:" + path.string();
    SECTION("somebody listens")
    {
        const auto first = start(loop, address);
        REQUIRE(first);
        const auto second = start(loop, address);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == http::errc::listen_failed);
        CHECK(ask(loop, address + ":/") == "unix /");
        loop.run((*first)->stop(0ms));
    }
    SECTION("nobody listens")
    {
        const auto bind = "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('" +
                          path.string() + "')\"";
        REQUIRE(shell(loop, bind).empty());
        const auto server = start(loop, address);
        REQUIRE(server);
        CHECK(ask(loop, address + ":/") == "unix /");
        loop.run((*server)->stop(0ms));
    }
    SECTION("it is a file")
    {
        std::ofstream(path) << "precious";
        const auto server = start(loop, address);
        REQUIRE_FALSE(server);
        CHECK(server.error().code == http::errc::listen_failed);
        CHECK(std::filesystem::file_size(path) == 8);
    }
}

TEST_CASE("an address that cannot be listened on is said so at once", "[http]")
{
    Loop loop;
    RawServer taken(loop);
    const auto in_use = "127.0.0.1:" + std::to_string(taken.port());
    const std::string address = GENERATE(
        "127.0.0.1", "localhost:1", "127.0.0.1:70000", "127.0.0.1:", "192.0.2.1:0", "unix:relative",
        "too long", "in use"
    );
    CAPTURE(address);
    const auto server = start(
        loop, address == "too long" ? "unix:/" + std::string(200, 'x')
              : address == "in use" ? in_use
                                    : address
    );
    REQUIRE_FALSE(server);
    CHECK(server.error().code == http::errc::listen_failed);
}

TEST_CASE("IPv6 is served too", "[http]")
{
    Loop loop;
    const auto server = start(loop, "[::1]:0");
    if (!server) {
        WARN("skipped: no IPv6 here");
        return;
    }
    CHECK(ask(loop, "http://[::1]:" + std::to_string((*server)->port()) + "/").starts_with("[::1]:")
    );
    loop.run((*server)->stop(0ms));
}
