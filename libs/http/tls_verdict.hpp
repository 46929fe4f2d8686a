// SPDX-License-Identifier: Apache-2.0
// Why the other side's certificate is refused in a handshake, in words: OpenSSL's verdict, the
// certificate it is about, and what was expected.
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
    // Who can change the verdict depends on it.
    enum class Cause {
        issuer, // no CA that we accept issued it
        time,   // it or a CA in its chain has expired or is not yet valid
        name,   // it is for another host
        other
    } cause = Cause::other;
    std::string text; // for our log; names the certificate (crypto::described)
};

// For a verify callback that refuses. `chain_verified`: the chain is good and the host name is not;
// then the verdict is set to that, so that the alert says it too. `host`: the name expected; empty
// for a client's certificate.
TlsRefusal refusal_of(
    X509_STORE_CTX* verification, bool chain_verified, const std::string& host, base::Time now
);

// The certificate that this side shows when it is asked for one; nothing if it has none.
std::optional<crypto::Certificate> own_certificate(SSL* tls);
// Whether a server's handshake failed because the client showed no certificate.
bool lacks_certificate(const boost::system::error_code& error);

} // namespace http
