// SPDX-License-Identifier: Apache-2.0
// A server on a port of its own, for raw peers to talk to.
#pragma once

#include "loop.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

// Reads the whole body and answers with what came.
inline asio::awaitable<http::Response> echo(http::Request& request)
{
    std::string body;
    for (;;) {
        const auto piece = co_await request.read();
        if (!piece) {
            const int status = piece.error().code == http::errc::too_large ? 413 : 408;
            co_return http::plain(status, "text/plain", piece.error().text());
        }
        if (!*piece) break;
        body += **piece;
    }
    co_return http::plain(
        200, "text/plain", request.method() + " " + request.path() + " [" + body + "]"
    );
}

inline asio::awaitable<http::Response> unread(http::Request&)
{
    co_return http::plain(200, "text/plain", "not read");
}

struct ServerBench {
    explicit ServerBench(
        http::Handler handler = echo, const http::ServerLimits& limits = {},
        std::shared_ptr<const http::Front> front = nullptr
    )
    {
        http::Listen listen;
        listen.front = std::move(front);
        listen.address = "127.0.0.1:0";
        server =
            http::Server::start(loop.io.get_executor(), listen, limits, std::move(handler)).value();
    }
    ~ServerBench() { loop.run(server->stop(std::chrono::seconds(0))); }
    std::string url(const std::string& path = "/") const
    {
        return "http://127.0.0.1:" + std::to_string(server->port()) + path;
    }
    Raw raw() { return Raw(loop, server->port()); }
    // What a lone message is answered with until the server closes.
    std::string answer(const std::string& message)
    {
        auto peer = raw();
        peer.send(message);
        return peer.read_all();
    }

    Loop loop;
    std::unique_ptr<http::Server> server;
};

inline int status_of(std::string_view answer)
{
    return answer.size() < 12 ? 0 : std::stoi(std::string(answer.substr(9, 3)));
}

inline const std::string hello = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
