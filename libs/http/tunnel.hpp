// SPDX-License-Identifier: Apache-2.0
// A way through a proxy to a TLS server: the CONNECT method [RFC 9110 9.3.6].
#pragma once

#include "http/connection.hpp"
#include "http/proxy.hpp"
#include "http/url.hpp"

namespace http {

// On a connection to the proxy. Afterwards the connection's octets are the server's. Until then the
// server has not got anything of the request: errc::proxy_refused (whatever else than a 2xx answer
// came), timeout_before.
asio::awaitable<base::Result<>> open_tunnel(
    Connection& connection, const Url& to, const Proxy& proxy, std::string_view user_agent,
    Clock::time_point until
);

} // namespace http
