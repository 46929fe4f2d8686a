// SPDX-License-Identifier: Apache-2.0
// Short texts of http's errors.
#include "http/errc.hpp"

namespace http {

const char* text(errc code)
{
    switch (code) {
    case errc::bad_url:
        return "not a usable URL";
    case errc::cannot_resolve:
        return "the host name has no address";
    case errc::cannot_connect:
        return "cannot connect";
    case errc::tls_failed:
        return "the TLS handshake failed";
    case errc::server_certificate:
        return "the peer's TLS certificate is not accepted";
    case errc::certificate_refused:
        return "the peer's TLS refused our client certificate";
    case errc::own_certificate_invalid:
        return "the peer's TLS refused our client certificate, which has expired or is not yet "
               "valid";
    case errc::certificate_demanded:
        return "the peer demands a client certificate and we showed none";
    case errc::proxy_refused:
        return "the proxy did not let us through";
    case errc::timeout_before:
        return "timeout before the request was sent whole";
    case errc::timeout_after:
        return "timeout after the request was sent";
    case errc::broken_before:
        return "the connection broke before the request was sent whole";
    case errc::broken_after:
        return "the connection broke after the request was sent";
    case errc::bad_response:
        return "the answer is not HTTP";
    case errc::too_large:
        return "a header or body is above the limit";
    case errc::source_failed:
        return "our own body source failed";
    case errc::closed:
        return "the client closed the connection";
    case errc::listen_failed:
        return "cannot listen on this address";
    case errc::bad_tls_files:
        return "a TLS key, certificate or CA file is unusable";
    case errc::bad_request:
        return "the request is not HTTP";
    case errc::not_identified:
        return "no trusted client certificate";
    }
    return "unknown error";
}

} // namespace http
