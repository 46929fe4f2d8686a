// SPDX-License-Identifier: Apache-2.0
// A failed TLS handshake as an error that names the certificate, the reason and the configuration
// key that decides.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/url.hpp"

namespace http {

// As a client. errc::timeout_before, certificate_refused, own_certificate_invalid,
// certificate_demanded, server_certificate, tls_failed.
base::Error tls_failure(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
);
// The server will not have our client certificate (Connection::refused_us), or us without one.
// errc::certificate_refused, own_certificate_invalid, certificate_demanded.
base::Error refused_certificate(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
);
// As a server, for the log: what was wrong with the client or its certificate.
std::string tls_failure(const Connection& connection, const error_code& error);

} // namespace http
