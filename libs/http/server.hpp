// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on a TCP address (TLS or plain) or a Unix socket, with limits on everything:
// connections, header octets, idle time, time per piece, body size. Keep-alive, chunked bodies and
// `Expect: 100-continue`.
#pragma once

#include "http/front.hpp"
#include "http/message.hpp"
#include "http/tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace http {

struct ServerLimits {
    std::size_t connections = 128; // each may cost some 100 to 170 KB
    std::size_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 4ull << 30;
    base::Duration handshake = std::chrono::seconds(10);
    base::Duration idle = std::chrono::seconds(60); // between requests on a connection
    // A full server gives one up that has been idle for so long if somebody else wants to connect.
    // Less would make clients that come and go pay a TLS handshake for each request.
    base::Duration idle_when_full = std::chrono::seconds(2);
    base::Duration piece = std::chrono::seconds(30); // for each read or write to make progress
    // One request, all in all; and a second more for each so many octets that came or went.
    base::Duration handling = std::chrono::minutes(10);
    std::uint64_t least_rate = 256 * 1024;
};

struct Listen {
    std::string address; // "127.0.0.1:8443", "[::1]:0", or "unix:/run/kurir/admin.sock" (mode 0600,
                         // replaced if stale)
    std::shared_ptr<boost::asio::ssl::context> tls; // none = plain
    std::shared_ptr<const Front> front;             // none = clients come directly
};

using Handler = std::function<asio::awaitable<Response>(Request&)>;

class Server {
public:
    // Listens at once. errc::listen_failed. The handler outlives the server; an exception from it
    // becomes 500 and a log line.
    static base::Result<std::unique_ptr<Server>> start(
        asio::any_io_executor executor, Listen listen, const ServerLimits& limits, Handler handler
    );
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0; // 0 for Unix sockets
    // Stops accepting, lets running exchanges finish up to `limit`, then closes the rest.
    virtual asio::awaitable<void> stop(base::Duration limit) = 0;
};

} // namespace http
