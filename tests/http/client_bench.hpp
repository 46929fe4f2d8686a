// SPDX-License-Identifier: Apache-2.0
// A client and a server that the test plays itself.
#pragma once

#include "http/client.hpp"
#include "loop.hpp"

struct ClientBench {
    explicit ClientBench(const http::ClientLimits& limits = {})
        : server(loop), client(http::Client::make(loop.io.get_executor(), nullptr, limits))
    {
    }

    http::ClientRequest request(std::size_t body = 5) const
    {
        http::ClientRequest result;
        result.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/msh";
        result.body = base::Bytes(body, 'x');
        return result;
    }
    void send(http::ClientRequest one)
    {
        response.reset();
        asio::co_spawn(
            loop.io, client->send(std::move(one)),
            [this](const std::exception_ptr&, base::Result<http::ClientResponse> got) {
                response = std::move(got);
            }
        );
    }
    const base::Result<http::ClientResponse>& wait()
    {
        loop.turn_until([this] { return response.has_value(); });
        return *response;
    }
    // What the client says to a server that reads the request, sends this and closes.
    const base::Result<http::ClientResponse>& answered(const std::string& octets)
    {
        send(request());
        auto peer = server.accept();
        peer.read_until("xxxxx");
        peer.send(octets);
        peer.close();
        return wait();
    }

    Loop loop;
    RawServer server;
    std::unique_ptr<http::Client> client;
    std::optional<base::Result<http::ClientResponse>> response;
};

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nhi";
