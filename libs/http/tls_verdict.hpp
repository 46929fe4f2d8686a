// SPDX-License-Identifier: Apache-2.0
// Text that explains why a handshake refused the other side's certificate: OpenSSL's verdict, the
// certificate concerned, and the expected name or date.
#pragma once

#include "base/time.hpp"
#include "crypto/certificate.hpp"

#include <boost/system/error_code.hpp>

#include <optional>
#include <string>

typedef struct ssl_st SSL;
typedef struct x509_store_ctx_st X509_STORE_CTX;

namespace http {

struct TlsRefusal {
    // The cause decides who can fix the problem.
    enum class Cause {
        issuer, // not issued by a CA that we accept
        time,   // the certificate or a CA in its chain has expired or is not yet valid
        name,   // issued for another host
        other
    } cause = Cause::other;
    std::string text; // for our log; describes the certificate (crypto::described)
};

// Call from a verify callback that refuses a certificate. `chain_verified`: the chain is valid but
// the host name does not match. OpenSSL's verdict is then set accordingly, so that the alert also
// reports it. `host`: the expected name; empty for a client's certificate.
TlsRefusal refusal_of(
    X509_STORE_CTX* verification, bool chain_verified, const std::string& host, base::Time now
);

// Returns the certificate that this side presents when asked for one; empty if there is none.
std::optional<crypto::Certificate> own_certificate(SSL* tls);
// Returns true if a server's handshake failed because the client presented no certificate.
bool lacks_certificate(const boost::system::error_code& error);

} // namespace http
