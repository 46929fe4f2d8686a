// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 server on a TCP address (TLS or plain) or a Unix socket. Limits connections in total and
// per client, header octets, idle time, time per piece and body size. Supports keep-alive, chunked
// bodies and `Expect: 100-continue`.
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
    std::size_t connections = 128; // each may need 100 to 170 KB of memory
    // Maximum connections from one address and with one client certificate. An IPv6 /64 counts as
    // one address. Listed proxies and Unix sockets have no limit per address.
    std::size_t per_address = no_share;
    std::size_t per_certificate = no_share;
    std::size_t handshakes = 32; // concurrent TLS handshakes; one address may hold a quarter
    std::size_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 4ull << 30;
    base::Duration handshake = std::chrono::seconds(10);
    base::Duration idle = std::chrono::seconds(60); // between requests on a connection
    // A full server may drop a connection that has been idle for this time if another client wants
    // to connect. With a shorter time, a client that sends a request now and then would need a TLS
    // handshake for each request.
    base::Duration idle_when_full = std::chrono::seconds(2);
    // Each read or write must make progress within this time. Also limits the time for a whole
    // header and the wait for a slot.
    base::Duration piece = std::chrono::seconds(30);
    // Time limit for a whole request. It grows by one second for each `min_rate` octets received or
    // sent.
    base::Duration handling = std::chrono::minutes(10);
    std::uint64_t min_rate = 256 * 1024; // octets a second
    // Rates in octets a second. A full server may drop a request whose body arrives slower than
    // slow_body(). The same applies if all bodies of the client's network together arrive slower
    // than slow_network().
    std::uint64_t slow_network() const { return min_rate / 16; }
    std::uint64_t slow_body() const { return min_rate / 256; }
};

struct Listen {
    // "127.0.0.1:8443", "[::1]:0", or "unix:/run/kurir/admin.sock". A Unix socket has mode 0600 and
    // replaces a stale socket file.
    std::string address;
    std::shared_ptr<boost::asio::ssl::context> tls; // null = plain
    std::shared_ptr<const Front> front;             // null = clients connect directly
    // Name of the listener in log lines: the name of its table in the configuration.
    std::string name = "server";
};

// State of a connection.
// `waiting`: accepted, but without a slot and without TLS state.
// `header`: until the whole header of a request has arrived. For the first request on a connection
// this includes the time before its first octet; for later requests that time is `idle`.
// `body`: a request is with the handler. ConnectionFigures counts it as `answer` while the server
// does not wait for octets of the body.
// `answer`: the response is being sent.
// `closing`: the response is sent. The server waits for the rest of the request or for the end of
// the connection.
enum class Phase { waiting, handshake, header, idle, body, answer, closing };
constexpr std::size_t phases = 7;
std::string_view to_text(Phase phase);

// Limits that can make a connection wait for a slot.
enum class Limit { connections_of_address, handshakes_of_address, handshakes, connections };
constexpr std::size_t limit_kinds = 4;
// Returns the key in the listener's table of the configuration: "max_connections_per_address".
std::string_view key_of(Limit limit);

// Figures on the connections of a server, for operators.
struct ConnectionFigures {
    std::array<std::size_t, phases> now{};       // by phase
    std::array<std::uint64_t, phases> dropped{}; // dropped in favour of others, by phase
    std::uint64_t refused = 0;                   // got no slot within the time limit
    std::uint64_t refused_certificates = 0;      // got 503: limit per certificate
    std::size_t limit = 0;                       // maximum, without the phase `waiting`
    bool full = false;                           // connections wait because no slot is free
    std::string busiest_address;                 // address with most connections; empty = none
    std::size_t of_address = 0;                  // connections of busiest_address
    std::string busiest_certificate;             // subject of the one with most connections
    std::size_t of_certificate = 0;              // connections of busiest_certificate
    bool address_at_share = false;               // busiest_address is at its limit
    bool certificate_at_share = false;           // busiest_certificate is at its limit
};

using Handler = std::function<asio::awaitable<Response>(Request&)>;

class Server {
public:
    // Starts to listen at once. errc::listen_failed. All that the handler uses must outlive the
    // server. An exception from the handler becomes a 500 response and a log line.
    static base::Result<std::unique_ptr<Server>> start(
        asio::any_io_executor executor, Listen listen, const ServerLimits& limits, Handler handler
    );
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0; // 0 for Unix sockets
    virtual ConnectionFigures figures() const = 0;
    // Stops accepting, lets running exchanges finish within `limit`, then closes the rest. Waits
    // longer for a handler that cannot be interrupted.
    virtual asio::awaitable<void> stop(base::Duration limit) = 0;
};

} // namespace http
