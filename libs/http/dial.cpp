// SPDX-License-Identifier: Apache-2.0
// The steps to a peer: look-up of the proxy or the host, TCP, the tunnel, and TLS. If TLS fails
// after an offered session, dial() tries once more on a new connection without that session.
#include "http/dial.hpp"

#include "http/connect.hpp"
#include "http/tls_failure.hpp"
#include "http/tunnel.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace http {

namespace {

using asio::ip::tcp;

asio::awaitable<base::Result<Endpoints>> find_addresses(
    asio::any_io_executor executor, Resolver& resolver, std::string host, std::uint16_t port,
    Clock::time_point until
)
{
    const auto addresses = co_await resolver.resolve(executor, std::move(host), until);
    if (!addresses) co_return addresses.error();
    Endpoints endpoints;
    for (const auto& address : *addresses)
        endpoints.emplace_back(tcp::endpoint(address, port));
    co_return endpoints;
}

base::Result<Endpoints> socket_address(const std::string& path)
{
    constexpr std::size_t longest = 107; // path octets in sockaddr_un
    if (path.size() > longest) return base::Error(errc::bad_url, "socket path too long");
    return Endpoints(1, asio::local::stream_protocol::endpoint(path));
}

base::Duration left(Clock::time_point until)
{
    return std::max(
        std::chrono::duration_cast<base::Duration>(until - Clock::now()), base::Duration(0)
    );
}

// Returns a connection whose next octets come from the peer, or from the proxy for plain http.
asio::awaitable<base::Result<std::unique_ptr<Connection>>> reach(
    asio::any_io_executor executor, Resolver& resolver, const Url& url,
    const Destination& destination, std::string_view user_agent, Clock::time_point until
)
{
    const bool is_unix = url.kind == Url::Kind::unix_socket;
    const auto* proxy = is_unix ? nullptr : destination.proxy.get();
    const auto who = proxy ? "proxy " + proxy->name() : url.authority();
    base::Result<Endpoints> endpoints = Endpoints();
    if (is_unix)
        endpoints = socket_address(url.socket);
    else if (proxy)
        endpoints = co_await find_addresses(executor, resolver, proxy->host, proxy->port, until);
    else
        endpoints = co_await find_addresses(executor, resolver, url.host, url.port, until);
    if (!endpoints) co_return endpoints.error();
    Socket socket(executor);
    const auto error = co_await connect_any(socket, *endpoints, until);
    if (error == asio::error::timed_out)
        co_return base::Error(errc::timeout_before, "connecting to " + who);
    if (error) co_return base::Error(errc::cannot_connect, who + ": " + error.message());
    auto connection = std::make_unique<Connection>(std::move(socket));
    if (proxy && url.kind == Url::Kind::https) {
        const auto opened = co_await open_tunnel(*connection, url, *proxy, user_agent, until);
        if (!opened) co_return opened.error();
    }
    co_return connection;
}

} // namespace

asio::awaitable<base::Result<std::unique_ptr<Connection>>> dial(
    asio::any_io_executor executor, Resolver& resolver, const Url& url,
    const Destination& destination, std::string_view user_agent, base::Duration limit
)
{
    const auto until = Clock::now() + limit;
    const bool tls = url.kind == Url::Kind::https;
    if (tls && !destination.tls)
        co_return base::Error(errc::tls_failed, "this client has no TLS settings");
    const auto host = destination.tls_name.empty() ? url.host : destination.tls_name;
    for (bool again = false;; again = true) {
        auto connection = co_await reach(executor, resolver, url, destination, user_agent, until);
        if (!connection || !tls) co_return connection;
        const auto error =
            co_await (*connection)->start_tls(*destination.tls, host, url.origin(), left(until));
        if (!error) co_return connection;
        // A server may fail on a session that it should only have ignored.
        const bool stumbled = (*connection)->forget_session() && error != asio::error::timed_out;
        if (again || !stumbled) co_return tls_failure(**connection, error, url, destination);
    }
}

} // namespace http
