// SPDX-License-Identifier: Apache-2.0
// Writes one message: a client's request or a server's response. All decisions about framing are
// made here.
#pragma once

#include "http/connection.hpp"

namespace http {

struct Outgoing {
    enum class Body {
        sent,
        announced, // response to HEAD: framing fields as if a body followed
        none,      // no framing fields either: GET, 204, 304
    };
    std::string start; // "POST /msh HTTP/1.1"
    // Framing fields and Connection in `headers` are left out. send_message() writes its own
    // framing fields, and `more` may have a Connection.
    const Headers* headers = nullptr;
    std::string more; // further complete header lines
    Body kind = Body::sent;
    base::BytesView body;
    BodySource* source = nullptr;
    bool chunks = true; // false: the receiver is HTTP/1.0
};

struct Sent {
    error_code broken;                        // the connection failed
    std::optional<base::Error> source_failed; // if !begun, nothing was written
    bool begun = false;
    std::uint64_t body = 0; // octets of the body
    bool whole() const { return begun && !broken && !source_failed; }
};

asio::awaitable<Sent> send_message(Connection& connection, Outgoing message, base::Duration piece);

} // namespace http
