// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 client for https and http URLs, directly or through a proxy, and for Unix sockets.
// Keeps a small pool of idle connections per origin and destination, and TLS sessions to resume on
// new connections. Checks the host name against the server's certificate (RFC 6125).
// An error tells whether the server can have received the request. In that case a retry may deliver
// the request twice.
#pragma once

#include "http/message.hpp"
#include "http/proxy.hpp"
#include "http/tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace http {

struct ClientLimits {
    std::size_t kept = 16; // idle connections per origin and destination
    // Maximum octets of a body that is collected in memory.
    std::size_t response_bytes = 4 * 1024 * 1024;
    // Time for name look-up, TCP, the proxy's response and TLS together.
    base::Duration connect = std::chrono::seconds(10);
    // Each write or read must make progress within this time.
    base::Duration piece = std::chrono::seconds(30);
    // Time for the response header, and again for a body that is collected in memory.
    base::Duration answer = std::chrono::seconds(120);
    // Octets a second. The response header may take one more second for each `response_min_rate`
    // octets of the request. The slowest peer decrypts and checks that much in a second.
    std::uint64_t response_min_rate = 16 * 1024 * 1024;
    base::Duration kept_for = std::chrono::seconds(30); // maximum age of an idle connection
    // User-Agent of CONNECT and of each request that does not set its own [RFC 9110 10.1.5].
    // Empty = Kurir/VERSION. Some firewalls drop requests without a User-Agent.
    std::string user_agent;
};

// The way to reach a peer. Requests to different destinations share neither connections nor TLS
// sessions.
struct Destination {
    std::shared_ptr<boost::asio::ssl::context> tls; // required for https
    // Host name for SNI and for the check of the server's certificate. Empty = the URL's host.
    std::string tls_name;
    std::shared_ptr<const Proxy> proxy;
    // Configuration keys that set `tls`. Error texts name them.
    std::string ca_key = "tls_ca";
    std::string certificate_key = "tls_key and tls_certificate";
};

using Destinations = std::map<std::string, std::shared_ptr<const Destination>, std::less<>>;

struct ClientRequest {
    std::string method = "POST";
    std::string url; // "https://host:port/path", "http://…", "unix:/path/to.sock:/v1/…"
    Headers headers;
    base::Bytes body; // used if `source` is null
    std::unique_ptr<BodySource> source;
    // If set, receives the body of a 2xx response in pieces. That body is not collected in memory.
    std::function<base::Result<>(base::BytesView)> sink;
    // Null = the client's own TLS context, without a proxy.
    std::shared_ptr<const Destination> destination;
    // True: a response whose body ends early is returned with the part that arrived, unless that
    // part is empty. This is for callers that can prove that the body is complete. False: such a
    // response is an error.
    bool keep_incomplete = false;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    base::Bytes body;
    std::optional<crypto::Certificate> server; // the server's certificate, if TLS
    bool resumed = false;                      // `server` was checked in an earlier handshake
    std::uint64_t sent = 0;                    // octets of the request's body
    // Codings that the body still has, such as "Content-Encoding: gzip"; empty = none. A server may
    // apply some although the client asks for none [RFC 9110 12.5.3].
    std::string codings;
    std::optional<base::Error> incomplete; // why the body ended early (keep_incomplete)
};

class Client {
public:
    static std::unique_ptr<Client> make(
        asio::any_io_executor executor, std::shared_ptr<boost::asio::ssl::context> tls,
        const ClientLimits& limits
    );
    virtual ~Client() = default;
    // If a pooled connection breaks before any octet of a response, the request is sent once more
    // on a new connection. This requires a body that can be sent again (no `source`).
    virtual asio::awaitable<base::Result<ClientResponse>> send(ClientRequest request) = 0;
    virtual void close_idle() = 0;
};

} // namespace http
