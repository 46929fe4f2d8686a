// SPDX-License-Identifier: Apache-2.0
// PROXY protocol version 2 (haproxy.org, proxy-protocol.txt 2.2). A proxy sends a preamble with the
// client's address before the client's own first octet.
#pragma once

#include "base/bytes.hpp"
#include "http/errc.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace http {

constexpr std::size_t max_preamble_length = 4096; // includes the TLVs, which are ignored

struct Preamble {
    std::size_t missing = 0; // octets required for the next step; 0 = the preamble is complete
    std::size_t size = 0;    // octets of the whole preamble
    // Empty if the proxy connects on its own behalf (LOCAL), or for a client without IP address.
    std::optional<boost::asio::ip::tcp::endpoint> client;
};

// Parses the preamble at the beginning of a connection, as far as it has arrived.
// errc::bad_request: the octets cannot be the beginning of a valid preamble.
base::Result<Preamble> read_preamble(base::BytesView input);

} // namespace http
