// SPDX-License-Identifier: Apache-2.0
// A TLS server of ours with test authorities, and clients of several identities.
#pragma once

#include "http/client.hpp"
#include "loop.hpp"
#include "support/authority.hpp"

inline asio::awaitable<http::Response> who(http::Request& request)
{
    const auto& client = request.client_certificate();
    co_return http::plain(200, "text/plain", client ? client->common_name() : "nobody");
}

inline const support::Authority& federation()
{
    static const support::Authority authority("federation");
    return authority;
}

inline const support::Authority& strangers()
{
    static const support::Authority authority("strangers");
    return authority;
}

inline http::TlsFiles files(const support::Identity& own, const support::Authority& accepted)
{
    http::TlsFiles result;
    result.key = own.key_file;
    result.certificate = own.chain_file;
    result.ca = accepted.certificate_file();
    return result;
}

inline http::TlsFiles anonymous()
{
    http::TlsFiles result;
    result.ca = federation().certificate_file();
    return result;
}

inline http::TlsFiles server_files(http::ClientCertificate wanted)
{
    auto settings = files(federation().identity("server"), federation());
    settings.client = wanted;
    return settings;
}

struct TlsBench {
    explicit TlsBench(
        const http::TlsFiles& settings, const std::string& address = "127.0.0.1:0",
        const http::Handler& handler = who, const http::ServerLimits& limits = {}
    )
    {
        http::Listen listen;
        listen.address = address;
        listen.tls = http::server_context(settings).value();
        server = http::Server::start(loop.io.get_executor(), listen, limits, handler).value();
    }
    explicit TlsBench(http::ClientCertificate wanted) : TlsBench(server_files(wanted)) {}
    ~TlsBench() { loop.run(server->stop(std::chrono::milliseconds(0))); }

    std::string url(const std::string& host = "localhost") const
    {
        return "https://" + host + ":" + std::to_string(server->port()) + "/";
    }
    std::unique_ptr<http::Client> client(const http::TlsFiles& settings)
    {
        return http::Client::make(
            loop.io.get_executor(), http::client_context(settings).value(), http::ClientLimits()
        );
    }
    base::Result<http::ClientResponse>
    ask(http::Client& by, const std::string& host = "localhost", std::size_t body = 5,
        std::shared_ptr<const http::Destination> to = nullptr)
    {
        http::ClientRequest request;
        request.url = url(host);
        request.body = base::Bytes(body, 'x');
        request.destination = std::move(to);
        return loop.run(by.send(std::move(request)));
    }
    base::Result<http::ClientResponse>
    ask(const http::TlsFiles& settings, const std::string& host = "localhost", std::size_t body = 5)
    {
        const auto one = client(settings);
        return ask(*one, host, body);
    }

    Loop loop;
    std::unique_ptr<http::Server> server;
};
