// SPDX-License-Identifier: Apache-2.0
// Errors of http: what went wrong between us and a client or a peer's server.
#pragma once

#include "base/errc.hpp"

namespace http {

enum class errc {
    bad_url = 1,    // not an http(s) URL; operator: mend the configuration
    cannot_resolve, // the host name has no address
    cannot_connect, // refused or unreachable: nothing was sent
    tls_failed, // no TLS connection came about for a reason that is no certificate: nothing of the
                // message was sent
    server_certificate,  // the other side's certificate is not accepted; the detail says why and
                         // which key decides: nothing of the message was sent
    certificate_refused, // their TLS would not have our client certificate: nothing of the message
                         // was taken; the peer accepts it, or operator: use another
    own_certificate_invalid, // the same where ours has expired or is not yet valid; operator:
                             // renew it
    certificate_demanded, // the same where we have none; operator: set tls_key and tls_certificate
    proxy_refused,  // our proxy did not let us through, so the peer has got nothing; operator: see
                    // its answer
    timeout_before, // a limit passed before the request was sent whole
    timeout_after,  // a limit passed after it: outcome unknown
    broken_before, // the connection broke before the request was sent whole; the peer may have read
                   // part of it
    broken_after,  // it broke after: outcome unknown
    bad_response,  // not HTTP, or its length contradicts itself
    too_large,     // a body or header above the limit
    source_failed, // our own body source failed
    closed,        // the client went away while we read its body
    listen_failed, // address in use or not ours; operator: mend the configuration
    bad_tls_files, // key, certificate or CA file unusable; operator: mend them
    bad_request,   // a client's octets are not HTTP, or two readers could read them differently; it
                   // gets 400
    not_identified, // a client without the certificate that is demanded, or with one that is not
                    // trusted
};
const char* text(errc code);

} // namespace http

KURIR_ERROR_CODES(http)
