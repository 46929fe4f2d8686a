// SPDX-License-Identifier: Apache-2.0
// Every address of a host is tried, each with its share of the time that is left.
#include "http/dial.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

namespace http {

namespace {

using asio::ip::tcp;
using Endpoints = std::vector<Endpoint>;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t most_addresses = 8;

// A look-up cannot be broken off (getaddrinfo runs in a thread of Asio's): past the limit it is
// left behind with its state.
struct Lookup {
    explicit Lookup(asio::any_io_executor executor) : resolver(executor), done(executor) {}
    tcp::resolver resolver;
    asio::steady_timer done;
    bool finished = false;
    error_code error;
    Endpoints endpoints;
};

void start(const std::shared_ptr<Lookup>& lookup, const Url& url)
{
    auto finish = [lookup](const error_code& error, const tcp::resolver::results_type& results) {
        lookup->finished = true;
        lookup->error = error;
        for (const auto& entry : results) {
            if (lookup->endpoints.size() == most_addresses) break;
            lookup->endpoints.emplace_back(entry.endpoint());
        }
        lookup->done.cancel();
    };
    lookup->resolver.async_resolve(url.host, std::to_string(url.port), std::move(finish));
}

asio::awaitable<base::Result<Endpoints>>
find_addresses(asio::any_io_executor executor, const Url& url, Clock::time_point until)
{
    if (url.kind == Url::Kind::unix_socket) {
        constexpr std::size_t longest = 107; // sockaddr_un
        if (url.socket.size() > longest)
            co_return base::Error(errc::bad_url, "socket path too long");
        co_return Endpoints(1, asio::local::stream_protocol::endpoint(url.socket));
    }
    error_code not_an_address;
    const auto address = asio::ip::make_address(url.host, not_an_address);
    if (!not_an_address) co_return Endpoints(1, tcp::endpoint(address, url.port));
    const auto lookup = std::make_shared<Lookup>(executor);
    lookup->done.expires_at(until);
    start(lookup, url);
    co_await lookup->done.async_wait(as_result);
    if (!lookup->finished) co_return base::Error(errc::timeout_before, "looking up " + url.host);
    if (lookup->endpoints.empty())
        co_return base::Error(errc::cannot_resolve, url.host + ": " + lookup->error.message());
    co_return lookup->endpoints;
}

base::Duration left(Clock::time_point until)
{
    return std::max(
        std::chrono::duration_cast<base::Duration>(until - Clock::now()), base::Duration(0)
    );
}

} // namespace

asio::awaitable<base::Result<std::unique_ptr<Connection>>>
dial(asio::any_io_executor executor, const Url& url, asio::ssl::context* tls, base::Duration limit)
{
    const auto until = Clock::now() + limit;
    if (url.kind == Url::Kind::https && !tls)
        co_return base::Error(errc::tls_failed, "this client has no TLS settings");
    const auto addresses = co_await find_addresses(executor, url, until);
    if (!addresses) co_return addresses.error();
    auto connection = std::make_unique<Connection>(Socket(executor));
    error_code error;
    for (std::size_t at = 0; at < addresses->size(); ++at) {
        const auto share = left(until) / static_cast<long>(addresses->size() - at);
        error = co_await connection->connect((*addresses)[at], share);
        if (!error) break;
    }
    if (error == asio::error::timed_out)
        co_return base::Error(errc::timeout_before, "connecting to " + url.authority());
    if (error)
        co_return base::Error(errc::cannot_connect, url.authority() + ": " + error.message());
    if (url.kind != Url::Kind::https) co_return connection;
    error = co_await connection->start_tls(*tls, url.host, left(until));
    if (error == asio::error::timed_out)
        co_return base::Error(errc::timeout_before, "TLS with " + url.authority());
    if (error) co_return base::Error(errc::tls_failed, url.authority() + ": " + error.message());
    co_return connection;
}

} // namespace http
