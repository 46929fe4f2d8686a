// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 messages from octets: push parsers without sockets, so they can be fed byte by byte in a
// test. Requests are read strictly, against request smuggling [RFC 9112 11.2]; answers with the
// tolerance that RFC 9112 asks of a user agent. tests/http/README.md lists each check and its
// direction.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace http {

struct Head {
    std::string method; // of a request
    std::string target;
    int status = 0; // of a response
    int version = 11;
    Headers headers;
    std::optional<std::uint64_t> content_length; // 0 for an answer that has no body by its status
    bool chunked = false;
    // Transfer codings beside chunked, like "gzip": the body still has them. A server answers 501.
    std::string foreign_codings;
    bool keep_alive = true;
    bool until_closed = false; // a response whose body ends with the connection
};

class MessageParser {
public:
    struct Piece {
        std::size_t consumed = 0; // 0 and not done: more octets are needed behind the same ones
        base::BytesView content;  // part of what was given
    };

    virtual ~MessageParser() = default;
    // Takes the whole header or nothing of it. Returns the octets consumed; 0 = more are needed
    // behind the same ones. errc::too_large, errc::bad_request or errc::bad_response.
    virtual base::Result<std::size_t> header(base::BytesView octets) = 0;
    virtual const Head& head() const = 0;                         // after header()
    virtual base::Result<Piece> body(base::BytesView octets) = 0; // after header(), until done()
    // The connection ended. errc::broken_after if the message is not complete.
    virtual base::Result<> end() = 0;
    virtual bool done() const = 0;
};

struct ParserLimits {
    std::size_t header_bytes = 16 * 1024;
    std::optional<std::uint64_t> body_bytes; // nothing = no limit
};

std::unique_ptr<MessageParser> request_parser(const ParserLimits& limits);
// `to_head`: a response to HEAD has no body whatever its header says; nor has a 2xx to CONNECT.
std::unique_ptr<MessageParser> response_parser(const ParserLimits& limits, bool to_head);

} // namespace http
