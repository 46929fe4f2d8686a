// SPDX-License-Identifier: Apache-2.0
// Proxies in front of a server. Proxies at listed addresses may report who the client is. Such a
// proxy verifies that the client has the certificate's private key. Kurir itself decides whether
// the certificate is trusted, as in a handshake. Reports from other addresses are ignored.
#pragma once

#include "crypto/trust.hpp"
#include "http/address.hpp"
#include "http/message.hpp"
#include "http/tls.hpp"

#include <memory>
#include <optional>
#include <string>

namespace http {

struct Front {
    AddressList proxies;
    // True: each connection must come from a listed address and begin with a PROXY preamble.
    bool proxy_protocol = false;
    // Name of the header with the client's certificate; empty = none. The value is in the form of
    // RFC 9440 (":base64 of DER:") or percent-encoded PEM (nginx: $ssl_client_escaped_cert).
    std::string certificate_header;
    // Applies if `certificate_header` is set. `required`: a request without a client certificate is
    // refused, also if it does not come from a proxy.
    ClientCertificate client = ClientCertificate::required;
    std::shared_ptr<const crypto::TrustStore> issuers; // not null if certificate_header is set

    // Returns the client certificate that a listed proxy reports for a request. Empty = the proxy
    // reports that the client has none. errc::bad_request: the header occurs twice or is not
    // exactly one certificate. errc::not_identified: the certificate is not trusted at `now`.
    base::Result<std::optional<crypto::Certificate>>
    told(const Headers& headers, base::Time now) const;
};

} // namespace http
