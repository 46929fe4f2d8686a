// SPDX-License-Identifier: Apache-2.0
// The PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt 2.2): what a proxy says of a
// client before the client's own first octet.
#pragma once

#include "base/bytes.hpp"
#include "http/errc.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>

namespace http {

constexpr std::size_t max_preamble_length = 4096; // with its TLVs, which nobody here reads

struct Preamble {
    std::size_t missing = 0; // octets to come before more can be said; 0 = it is whole
    std::size_t size = 0;    // of the whole preamble
    // Nothing if the proxy speaks for itself (LOCAL) or for a client without IP address.
    std::optional<boost::asio::ip::tcp::endpoint> client;
};

// The preamble at the beginning of a connection, as far as it has come. errc::bad_request as soon
// as the octets are no such preamble.
base::Result<Preamble> read_preamble(base::BytesView input);

} // namespace http
