// SPDX-License-Identifier: Apache-2.0
// Requests and responses as our code sees them; Beast stays inside http's .cpp files.
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
    void
    set(std::string name,
        std::string value); // values must not contain CR or LF; they are cut there
    void add(std::string name, std::string value); // keeps an earlier field of the same name
    std::optional<std::string> get(std::string_view name) const; // first, case-insensitive
    bool has_many(std::string_view name) const;                  // sent more than once
    // The members of a list, of all fields of that name, without empty ones [RFC 9110 5.6.1].
    std::vector<std::string> list(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// The content codings but "identity", like "gzip, br"; "" if there are none [RFC 9110 8.4].
std::string content_codings(const Headers& headers);

// A body that is produced while it is sent.
class BodySource {
public:
    virtual ~BodySource() = default;
    virtual std::optional<std::uint64_t> length() const = 0;       // nothing = chunked
    virtual asio::awaitable<base::Result<base::Bytes>> next() = 0; // empty at the end
};

// A request as the server hands it to the handler. Its body is read in pieces, under the server's
// timeouts.
class Request {
public:
    virtual ~Request() = default;
    virtual const std::string& method() const = 0;
    virtual const std::string& path() const = 0; // percent-decoded, without query; "/" at least
    virtual std::optional<std::string> query(std::string_view name) const = 0; // decoded
    virtual const Headers& headers() const = 0;
    virtual const std::optional<crypto::Certificate>&
    client_certificate() const = 0; // verified in the handshake, or told by a listed proxy
    virtual const std::string& remote() const = 0; // "127.0.0.1:1234" or "unix"
    virtual std::optional<std::uint64_t> content_length() const = 0;
    // The next piece (at most 64 KB, valid until the next call); nothing at the end. errc::closed
    // (the body ended early), bad_request (its chunks are broken), too_large, timeout_before.
    virtual asio::awaitable<base::Result<std::optional<base::BytesView>>> read() = 0;
    // Ends another request at the same server whose body comes too slowly, of a client that holds
    // as much as this one's or more, so that this one can be worked on instead; it ends within some
    // turns of the loop. False: there is none.
    virtual bool displace_slow_request() { return false; }
    // Whether the client, known by address or certificate, has at most three other requests whose
    // bodies have not been read to their end.
    virtual bool is_of_small_client() const { return false; }
};

struct Response {
    int status = 200;
    Headers headers;  // Content-Type and others; framing is the server's
    base::Bytes body; // used if there is no source
    std::unique_ptr<BodySource> source;
    // End the connection afterwards. It ends without this where the handler left much of the
    // request's body unread; little is read over, so that a refused client need not connect anew.
    bool close = false;
};

std::string_view reason(int status); // "Not Found"; empty for what we do not know
Response plain(int status, std::string content_type, base::Bytes body);

} // namespace http
