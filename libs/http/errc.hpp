// SPDX-License-Identifier: Apache-2.0
// Errors of http, between Kurir and a client or a peer's server.
#pragma once

#include "base/errc.hpp"

namespace http {

enum class errc {
    // The text is not a usable URL. Operator: correct the configuration.
    bad_url = 1,
    // The host name has no address, or cannot be looked up.
    cannot_resolve,
    // The connection was refused or the address is unreachable. Nothing was sent.
    cannot_connect,
    // No TLS connection could be opened, for a reason other than a certificate. Nothing of the
    // message was sent.
    tls_failed,
    // The server's certificate is not accepted. The detail names the reason and the configuration
    // key to change. Nothing of the message was sent.
    server_certificate,
    // The server refused our client certificate, so it accepted nothing of the message. The peer
    // must accept the certificate, or the operator must use another one.
    certificate_refused,
    // The server refused our client certificate, which has expired or is not yet valid. The server
    // accepted nothing of the message. Operator: renew the certificate.
    own_certificate_invalid,
    // The server demands a client certificate and we have none. The server accepted nothing of the
    // message. Operator: set tls_key and tls_certificate.
    certificate_demanded,
    // The proxy did not let the request through, so the peer received nothing. Operator: see the
    // proxy's response in the detail.
    proxy_refused,
    // A time limit passed before the whole request was sent. In a server: before the whole request
    // body was received.
    timeout_before,
    // A time limit passed after the whole request was sent. The outcome is unknown.
    timeout_after,
    // The connection broke before the whole request was sent. The peer may have read part of it.
    broken_before,
    // The connection broke after the whole request was sent. The outcome is unknown.
    broken_after,
    // The response is not HTTP, or its length is unreadable or contradictory.
    bad_response,
    // A body or header exceeds its limit.
    too_large,
    // Our own body source failed.
    source_failed,
    // The connection of the client ended while the server was reading the body.
    closed,
    // The address is in use or does not belong to this host. Operator: correct the configuration.
    listen_failed,
    // A key, certificate or CA file is unusable. Operator: correct the files.
    bad_tls_files,
    // The request is not HTTP, or two parsers could read it differently. The client gets 400.
    bad_request,
    // The client has no certificate although one is required, or its certificate is not trusted.
    not_identified,
};
const char* text(errc code);

} // namespace http

KURIR_ERROR_CODES(http)
