// SPDX-License-Identifier: Apache-2.0
// From a URL to a connection: addresses, TCP, a proxy's tunnel, TLS, all within one limit.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/resolver.hpp"
#include "http/url.hpp"

namespace http {

// The destination's TLS context is needed for https only. A proxy is told `user_agent`.
// errc::cannot_resolve, cannot_connect, proxy_refused, tls_failed, server_certificate,
// certificate_refused, own_certificate_invalid, certificate_demanded, timeout_before.
asio::awaitable<base::Result<std::unique_ptr<Connection>>> dial(
    asio::any_io_executor executor, Resolver& resolver, const Url& url,
    const Destination& destination, std::string_view user_agent, base::Duration limit
);

} // namespace http
