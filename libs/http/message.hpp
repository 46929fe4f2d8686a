// SPDX-License-Identifier: Apache-2.0
// Requests and responses for users of this library. Beast stays inside http's .cpp files.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "crypto/certificate.hpp"
#include "http/errc.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace http {

namespace asio = boost::asio;

class Headers {
public:
    // Replaces the first field of that name, or adds one. Name and value must not contain CR, LF or
    // NUL; they are cut there.
    void set(std::string name, std::string value);
    // Adds a field and keeps earlier fields of that name. Name and value are cut as in set().
    void add(std::string name, std::string value);
    std::optional<std::string> get(std::string_view name) const; // first match, case-insensitive
    bool has_many(std::string_view name) const;                  // sent more than once
    // Returns the members of a comma-separated list from all fields of that name, without empty
    // members [RFC 9110 5.6.1].
    std::vector<std::string> list(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// Returns the content codings except "identity", such as "gzip, br"; empty = none [RFC 9110 8.4].
std::string content_codings(const Headers& headers);

// A body that is produced while it is sent.
class BodySource {
public:
    virtual ~BodySource() = default;
    virtual std::optional<std::uint64_t> length() const = 0;       // empty = unknown
    virtual asio::awaitable<base::Result<base::Bytes>> next() = 0; // empty = end of the body
};

// A request as the handler receives it. The body is read in pieces, under the server's time limits.
class Request {
public:
    virtual ~Request() = default;
    virtual const std::string& method() const = 0;
    virtual const std::string& path() const = 0; // percent-decoded, without query; "/" at least
    virtual std::optional<std::string> query(std::string_view name) const = 0; // decoded
    virtual const Headers& headers() const = 0;
    // Returns the client's certificate: verified in the handshake, or reported by a listed proxy
    // and found trusted.
    virtual const std::optional<crypto::Certificate>& client_certificate() const = 0;
    virtual const std::string& remote() const = 0; // "127.0.0.1:1234" or "unix"
    virtual std::optional<std::uint64_t> content_length() const = 0;
    // Returns the next piece of the body, at most 64 KB, valid until the next call; empty = end.
    // errc::closed: the body ended early. errc::bad_request: the chunks are malformed.
    // errc::too_large, errc::timeout_before.
    virtual asio::awaitable<base::Result<std::optional<base::BytesView>>> read() = 0;
    // Drops another request at the same server so that this one can be processed instead. The body
    // of the other request arrives too slowly, and its client holds at least as much as the client
    // of this request. The other request ends within a few turns of the event loop. Returns false
    // if there is no such request.
    virtual bool displace_slow_request() { return false; }
    // Returns true if the client is known by address or certificate and has few other requests. By
    // address: at most three others are with the handler. By certificate only: at most three other
    // connections are open.
    virtual bool is_of_small_client() const { return false; }
};

struct Response {
    int status = 200;
    Headers headers;  // Content-Type and others; the server writes the framing fields itself
    base::Bytes body; // used if `source` is null
    std::unique_ptr<BodySource> source;
    // True: the server closes the connection after this response. The server also closes it if the
    // handler left much of the request's body unread. A small rest is discarded instead, so that a
    // refused client need not reconnect.
    bool close = false;
};

std::string_view reason(int status); // "Not Found"; empty = unknown status
Response plain(int status, std::string content_type, base::Bytes body);

} // namespace http
