// SPDX-License-Identifier: Apache-2.0
// Push parsers for HTTP/1.1 messages. They use no sockets, so a test can feed them octet by octet.
// Requests are parsed strictly, against request smuggling [RFC 9112 11.2]. Responses are parsed
// with the tolerance that RFC 9112 requires of a user agent. tests/http/README.md lists each check
// and its direction.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace http {

struct Head {
    std::string method; // request only
    std::string target; // request only
    int status = 0;     // response only
    int version = 11;
    Headers headers;
    // Announced length of the body. 0 for a response that cannot have a body, such as 204, whatever
    // its fields say.
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    // Transfer codings other than chunked, such as "gzip". The body still has them. A server
    // responds 501 to such a request.
    std::string foreign_codings;
    bool keep_alive = true;
    bool until_closed = false; // response only: the body ends when the connection closes
};

class MessageParser {
public:
    struct Piece {
        // If 0 while done() is false, call again with more octets appended to the same ones.
        std::size_t consumed = 0;
        base::BytesView content; // view into the given octets
    };

    virtual ~MessageParser() = default;
    // Parses the header once it is complete. Returns the number of octets consumed. 0 = call again
    // with more octets appended to the same ones.
    // errc::too_large, errc::bad_request (request parser), errc::bad_response (response parser).
    virtual base::Result<std::size_t> header(base::BytesView octets) = 0;
    virtual const Head& head() const = 0;                         // after header()
    virtual base::Result<Piece> body(base::BytesView octets) = 0; // after header(), until done()
    // Call when the connection has ended. errc::broken_after: the message is incomplete.
    virtual base::Result<> end() = 0;
    virtual bool done() const = 0;
};

struct ParserLimits {
    std::size_t header_bytes = 16 * 1024;
    std::optional<std::uint64_t> body_bytes; // empty = no limit
};

std::unique_ptr<MessageParser> request_parser(const ParserLimits& limits);
// `to_head`: the response has no body, whatever its header says. That applies to the response to
// HEAD and to a 2xx response to CONNECT.
std::unique_ptr<MessageParser> response_parser(const ParserLimits& limits, bool to_head);

} // namespace http
