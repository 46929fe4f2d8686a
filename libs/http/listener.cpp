// SPDX-License-Identifier: Apache-2.0
// Bind and listen. No call here blocks, so all may run on the I/O thread.
#include "http/listener.hpp"

#include "base/file.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <charconv>

namespace http {

namespace {

using asio::ip::tcp;
using local = asio::local::stream_protocol;

base::Error refused(const std::string& address, const std::string& why)
{
    return base::Error(errc::listen_failed, address + ": " + why);
}

base::Result<tcp::endpoint> parse_address(const std::string& text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return refused(text, "no port");
    auto host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return refused(text, "not an IP address");
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, bad] = std::from_chars(text.data() + colon + 1, end, port);
    if (bad != std::errc() || stopped != end) return refused(text, "port");
    return tcp::endpoint(address, port);
}

// Removes a socket file on which no process listens. Any other file at that path stays and is an
// error.
base::Result<> clear_stale(asio::any_io_executor executor, const std::string& path)
{
    std::error_code missing;
    const auto status = std::filesystem::symlink_status(path, missing);
    if (!std::filesystem::exists(status)) return {};
    if (!std::filesystem::is_socket(status))
        return refused(path, "there is a file that is not a socket");
    local::socket probe(executor);
    error_code error;
    probe.connect(local::endpoint(path), error);
    if (!error) return refused(path, "another process listens there");
    if (error != asio::error::connection_refused) return refused(path, error.message());
    return base::remove_file(path);
}

base::Result<Listener>
open(asio::any_io_executor executor, const Endpoint& endpoint, const std::string& address)
{
    Listener listener{.acceptor = decltype(Listener::acceptor)(executor), .port = 0, .socket = {}};
    error_code error;
    listener.acceptor.open(endpoint.protocol(), error);
    if (error) return refused(address, error.message());
    listener.acceptor.set_option(asio::socket_base::reuse_address(true), error);
    listener.acceptor.bind(endpoint, error);
    if (error) return refused(address, error.message());
    return listener;
}

} // namespace

base::Result<Listener> listen(asio::any_io_executor executor, const std::string& address)
{
    const bool is_unix = address.starts_with("unix:");
    const auto path = is_unix ? address.substr(5) : std::string();
    Endpoint endpoint;
    if (is_unix) {
        constexpr std::size_t longest = 107; // path octets in sockaddr_un
        if (!path.starts_with('/') || path.size() > longest)
            return refused(address, "not an absolute path, or too long");
        if (auto cleared = clear_stale(executor, path); !cleared) return cleared.error();
        endpoint = local::endpoint(path);
    } else {
        const auto parsed = parse_address(address);
        if (!parsed) return parsed.error();
        endpoint = *parsed;
    }
    auto listener = open(std::move(executor), endpoint, address);
    if (!listener) return listener;
    error_code error;
    if (is_unix) {
        // Set the mode before listen(). Until then no client can connect, whatever the mode was.
        std::error_code failed;
        std::filesystem::permissions(
            path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failed
        );
        if (failed) return refused(address, failed.message());
        listener->socket = path;
    }
    listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return refused(address, error.message());
    if (is_unix) return listener;
    const auto bound = listener->acceptor.local_endpoint(error);
    tcp::endpoint actual;
    std::memcpy(actual.data(), bound.data(), bound.size());
    actual.resize(bound.size());
    listener->port = actual.port();
    return listener;
}

} // namespace http
