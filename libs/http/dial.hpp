// SPDX-License-Identifier: Apache-2.0
// Opens a connection for a URL: name look-up, TCP, a proxy's tunnel and TLS, all within one time
// limit.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/resolver.hpp"
#include "http/url.hpp"

namespace http {

// The destination's TLS context is required for https only. CONNECT sends `user_agent` to a proxy.
// errc::cannot_resolve, cannot_connect, proxy_refused, tls_failed, server_certificate,
// certificate_refused, own_certificate_invalid, certificate_demanded, timeout_before.
asio::awaitable<base::Result<std::unique_ptr<Connection>>> dial(
    asio::any_io_executor executor, Resolver& resolver, const Url& url,
    const Destination& destination, std::string_view user_agent, base::Duration limit
);

} // namespace http
