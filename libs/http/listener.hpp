// SPDX-License-Identifier: Apache-2.0
// Opens what a server listens on: a TCP address or a Unix socket of mode 0600.
#pragma once

#include "http/connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

namespace http {

struct Listener {
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor;
    std::uint16_t port = 0;
    std::string socket; // path of the Unix socket, to be removed in the end
};

// errc::listen_failed. A socket file is replaced only if nobody answers behind it.
base::Result<Listener> listen(asio::any_io_executor executor, const std::string& address);

} // namespace http
