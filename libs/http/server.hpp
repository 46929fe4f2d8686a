// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on a TCP address (TLS or plain) or a Unix socket, with limits on everything:
// connections (and the share of them that one client gets), header octets, idle time, time per
// piece, body size. Keep-alive, chunked bodies and `Expect: 100-continue`.
#pragma once

#include "http/front.hpp"
#include "http/message.hpp"
#include "http/tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace http {

struct ServerLimits {
    static constexpr std::size_t no_share = std::numeric_limits<std::size_t>::max();
    std::size_t connections = 128; // each may cost some 100 to 170 KB
    // At most so many of them from one address (an IPv6 /64 counts as one), and with one client
    // certificate. Listed proxies and Unix sockets have no address.
    std::size_t per_address = no_share;
    std::size_t per_certificate = no_share;
    std::size_t handshakes = 32; // TLS handshakes at once; a quarter of them from one address
    std::size_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 4ull << 30;
    base::Duration handshake = std::chrono::seconds(10);
    base::Duration idle = std::chrono::seconds(60); // between requests on a connection
    // A full server drops a connection that has been idle for so long if another client wants to
    // connect. Less would make clients that come and go pay a TLS handshake for each request.
    base::Duration idle_when_full = std::chrono::seconds(2);
    base::Duration piece = std::chrono::seconds(30); // for each read or write to make progress
    // One request, all in all; and a second more for each so many octets that came or went.
    base::Duration handling = std::chrono::minutes(10);
    std::uint64_t min_rate = 256 * 1024;
    // In octets a second. A full server may drop a request body whose client network sends less
    // than the first in all its bodies together, or that itself comes slower than the second.
    std::uint64_t slow_network() const { return min_rate / 16; }
    std::uint64_t slow_body() const { return min_rate / 256; }
};

struct Listen {
    std::string address; // "127.0.0.1:8443", "[::1]:0", or "unix:/run/kurir/admin.sock" (mode 0600,
                         // replaced if stale)
    std::shared_ptr<boost::asio::ssl::context> tls; // none = plain
    std::shared_ptr<const Front> front;             // none = clients come directly
    std::string name = "server"; // of the door, in log lines: its table in the configuration
};

// Where a connection is. `waiting`: accepted, and nothing begun for it. `header`: until the whole
// header of a request has come; also before its first octet, if it is the first on the connection.
// `body`: the server waits for octets of a body. `answer`: a request is worked on or answered.
// `closing`: the answer is out, and the rest of a request or the end of the connection is awaited.
enum class Phase { waiting, handshake, header, idle, body, answer, closing };
constexpr std::size_t phases = 7;
std::string_view to_text(Phase phase);

// Limits that a connection may have to wait for.
enum class Limit { connections_of_address, handshakes_of_address, handshakes, connections };
constexpr std::size_t limit_kinds = 4;
std::string_view key_of(Limit limit); // in the table of the door: "max_connections_per_address"

// The connections of a server, for operators.
struct ConnectionFigures {
    std::array<std::size_t, phases> now{};       // by phase
    std::array<std::uint64_t, phases> dropped{}; // ended in favour of others, by phase
    std::uint64_t refused = 0;                   // waited in vain for a place
    std::uint64_t refused_certificates = 0;      // answered 503: their certificate's share
    std::size_t limit = 0;                       // of all but those that wait
    bool full = false;                           // some wait because none is free
    std::string busiest_address;                 // which holds most; empty = none is known
    std::size_t of_address = 0;
    std::string busiest_certificate; // its subject
    std::size_t of_certificate = 0;
    bool address_at_share = false; // max_address holds all that one address may
    bool certificate_at_share = false;
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
    virtual ConnectionFigures figures() const = 0;
    // Stops accepting, lets running exchanges finish up to `limit`, then closes the rest.
    virtual asio::awaitable<void> stop(base::Duration limit) = 0;
};

} // namespace http
