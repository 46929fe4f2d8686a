// SPDX-License-Identifier: Apache-2.0
// Writes one message, a client's request or a server's response: framing is decided here and
// nowhere else.
#pragma once

#include "http/connection.hpp"

namespace http {

struct Outgoing {
    enum class Body {
        sent,
        announced, // the answer to HEAD: framing as if it followed
        none,      // no framing either: GET, 204, 304
    };
    std::string start; // "POST /msh HTTP/1.1"
    const Headers* headers =
        nullptr;      // framing and Connection in them are ours to write and left out
    std::string more; // further whole lines
    Body kind = Body::sent;
    base::BytesView body;
    BodySource* source = nullptr;
    bool chunks = true; // false: the reader is HTTP/1.0
};

struct Sent {
    error_code broken;                        // the connection failed
    std::optional<base::Error> source_failed; // nothing was written if !begun
    bool begun = false;
    std::uint64_t body = 0; // octets of the body
    bool whole() const { return begun && !broken && !source_failed; }
};

asio::awaitable<Sent> send_message(Connection& connection, Outgoing message, base::Duration piece);

} // namespace http
