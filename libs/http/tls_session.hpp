// SPDX-License-Identifier: Apache-2.0
// Resumption of TLS sessions [RFC 8446 2.2, RFC 5077]. A resumed handshake checks no certificate.
// The result of the full handshake therefore expires with its certificates, or earlier after a time
// limit. Resumptions in between do not extend it.
#pragma once

#include "base/time.hpp"
#include "crypto/certificate.hpp"
#include "http/errc.hpp"

#include <optional>
#include <string>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace http {

// Lets a server issue tickets under the random key of its context. The server ignores a ticket that
// is older than `limit`, or if a certificate in the client's chain has expired since. A full
// handshake then follows. `limit` 0 = no tickets.
void resume_sessions_of_clients(SSL_CTX* context, base::Duration limit);

// Lets a client keep sessions for resumption. They belong to the context that made them, so they
// are never used with another client identity or other CAs. The number of sessions is bounded. A
// ticket of TLS 1.3 is used only once [RFC 8446 C.4]. Only one thread may use the context.
// `limit` 0 = no sessions are kept.
void keep_sessions(SSL_CTX* context, base::Duration limit);

// Call before a client's handshake. Offers a session with `peer` if one is kept, and stores `peer`
// as the key for new sessions of this connection. Returns true if a session is offered. `peer` must
// contain everything against which the certificate is checked.
bool offer_session(SSL* tls, const std::string& peer, base::Time now);
void forget_sessions(SSL* tls); // drops all sessions with this connection's peer
bool is_resumed(SSL* tls);

std::optional<crypto::Certificate> certificate_of_peer(SSL* tls); // also of a resumed session

// Returns true if a server's alert refuses our client certificate, or us without one, before the
// server can have accepted a request. In TLS 1.3 the alert arrives after our side of the handshake,
// at the first read. `answered`: application data has arrived on this connection.
bool refuses_client(SSL* tls, const boost::system::error_code& error, bool answered);

} // namespace http
