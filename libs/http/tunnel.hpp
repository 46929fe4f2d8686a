// SPDX-License-Identifier: Apache-2.0
// Tunnel through a proxy to a TLS server, with the CONNECT method [RFC 9110 9.3.6].
#pragma once

#include "http/connection.hpp"
#include "http/proxy.hpp"
#include "http/url.hpp"

namespace http {

// Opens a tunnel to `to` on a connection to the proxy. Afterwards the connection leads to the
// server. After an error the server has received nothing of the request. errc::proxy_refused: no
// 2xx response came, or the connection broke. errc::timeout_before.
asio::awaitable<base::Result<>> open_tunnel(
    Connection& connection, const Url& to, const Proxy& proxy, std::string_view user_agent,
    Clock::time_point until
);

} // namespace http
