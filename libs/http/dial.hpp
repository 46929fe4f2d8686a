// SPDX-License-Identifier: Apache-2.0
// From a URL to a connection: addresses, TCP, TLS, all within one limit.
#pragma once

#include "http/connection.hpp"
#include "http/url.hpp"

namespace http {

// `tls` is needed for https only. errc::cannot_resolve, cannot_connect, tls_failed, timeout_before.
asio::awaitable<base::Result<std::unique_ptr<Connection>>> dial(
    asio::any_io_executor executor, const Url& url, boost::asio::ssl::context* tls,
    base::Duration limit
);

} // namespace http
