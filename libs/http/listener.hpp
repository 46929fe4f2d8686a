// SPDX-License-Identifier: Apache-2.0
// Opens the socket on which a server listens: a TCP address, or a Unix socket of mode 0600.
#pragma once

#include "http/connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

namespace http {

struct Listener {
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor;
    std::uint16_t port = 0;
    std::string socket; // path of the Unix socket; the server removes it when it stops
};

// Binds and listens. `address`: "IP:PORT" or "unix:PATH". An existing socket file is replaced only
// if no process listens on it. errc::listen_failed.
base::Result<Listener> listen(asio::any_io_executor executor, const std::string& address);

} // namespace http
