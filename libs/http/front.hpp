// SPDX-License-Identifier: Apache-2.0
// What stands in front of a server: proxies at listed addresses, which may say who the client is.
// Such a proxy proves that the client has the certificate's key; whether the certificate is trusted
// is our own judgement, as in a handshake. Nobody else's word is listened to.
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
    // Each connection begins with a PROXY preamble, and comes from a listed address.
    bool proxy_protocol = false;
    // The header with the client's certificate: RFC 9440 (":base64 of DER:") or PEM,
    // percent-encoded (nginx: $ssl_client_escaped_cert). Empty = none.
    std::string certificate_header;
    // Whom a request without it, or one that is not from a proxy, may be.
    ClientCertificate client = ClientCertificate::required;
    std::shared_ptr<const crypto::TrustStore> issuers; // never null with a certificate_header

    // Whose request this is, by a listed proxy's word; nothing if it says that there was no
    // certificate. errc::bad_request: the header is there twice or holds no certificate.
    // errc::not_identified: the certificate is not trusted now.
    base::Result<std::optional<crypto::Certificate>>
    told(const Headers& headers, base::Time now) const;
};

} // namespace http
