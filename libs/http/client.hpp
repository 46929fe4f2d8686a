// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 client: https and http URLs, straight or through a proxy, and Unix sockets. A small
// pool of kept connections per origin and destination, and TLS sessions to begin new ones with.
// Host names are checked against the certificate (RFC 6125). Says whether the request can have
// arrived: that decides what a retry means.
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
    std::size_t kept = 16;                        // idle connections per origin
    std::size_t response_bytes = 4 * 1024 * 1024; // of a body that is gathered
    base::Duration connect =
        std::chrono::seconds(10); // address, TCP, a proxy's answer and TLS together
    base::Duration piece =
        std::chrono::seconds(30); // each write or read must make progress within this
    base::Duration answer =
        std::chrono::seconds(120); // for the answer's header, and again for a gathered body
    // The header may take a second more for each so many octets of the request: what the slowest
    // peer decrypts and checks in a second.
    std::uint64_t response_min_rate = 16 * 1024 * 1024;
    base::Duration kept_for = std::chrono::seconds(30); // an idle connection is not used after this
    // The User-Agent of each request that has none of its own, and of CONNECT [RFC 9110 10.1.5].
    // Empty = Kurir/VERSION. Firewalls drop requests without one.
    std::string user_agent;
};

// How a peer is reached. Requests of different destinations share neither connections nor sessions.
struct Destination {
    std::shared_ptr<boost::asio::ssl::context> tls; // needed for https
    std::string tls_name; // named to the server and looked for in its certificate; empty = the
                          // URL's host
    std::shared_ptr<const Proxy> proxy;
    // The configuration keys of `tls`, for error texts.
    std::string ca_key = "tls_ca";
    std::string certificate_key = "tls_key and tls_certificate";
};

using Destinations = std::map<std::string, std::shared_ptr<const Destination>, std::less<>>;

struct ClientRequest {
    std::string method = "POST";
    std::string url; // "https://host:port/path", "http://…", "unix:/path/to.sock:/v1/…"
    Headers headers;
    base::Bytes body; // used if there is no source
    std::unique_ptr<BodySource> source;
    // If set, gets a 2xx answer's body in pieces instead of it being gathered.
    std::function<base::Result<>(base::BytesView)> sink;
    std::shared_ptr<const Destination> destination; // none = the client's own: no proxy
    // An answer whose body ends early is given with what came of it, for a caller who can prove
    // that it is whole. False: it is an error.
    bool keep_incomplete = false;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    base::Bytes body;
    std::optional<crypto::Certificate> server; // its certificate, if TLS
    bool resumed = false;   // its certificate was checked in an earlier handshake
    std::uint64_t sent = 0; // octets of the request's body
    // The codings that the body still has, like "Content-Encoding: gzip": each request asks for
    // none [RFC 9110 12.5.3]. "" = none.
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
    // A kept connection that turns out closed before anything was answered is replaced once, if the
    // body can be sent again (no source).
    virtual asio::awaitable<base::Result<ClientResponse>> send(ClientRequest request) = 0;
    virtual void close_idle() = 0;
};

} // namespace http
