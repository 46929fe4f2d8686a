// SPDX-License-Identifier: Apache-2.0
// Turns a failed TLS handshake into an error that names the certificate, the reason and the
// configuration key to change.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/url.hpp"

namespace http {

// Describes a failure of a client's handshake. errc::timeout_before, certificate_refused,
// own_certificate_invalid, certificate_demanded, server_certificate, tls_failed.
base::Error tls_failure(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
);
// Describes the server's refusal of our client certificate, or of a client without a certificate.
// Call only if Connection::refused_us() is true.
// errc::certificate_refused, own_certificate_invalid, certificate_demanded.
base::Error refused_certificate(
    const Connection& connection, const error_code& error, const Url& url,
    const Destination& destination
);
// Describes a failure of a server's handshake, for the log: the fault of the client or of its
// certificate.
std::string tls_failure(const Connection& connection, const error_code& error);

} // namespace http
