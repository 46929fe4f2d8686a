// SPDX-License-Identifier: Apache-2.0
// TLS sessions that are taken up again [RFC 8446 2.2, RFC 5077]. A resumed handshake checks no
// certificate, so what was checked in the full one holds no longer than its certificates and than a
// limit, however often the session is resumed in between.
#pragma once

#include "base/time.hpp"
#include "crypto/certificate.hpp"
#include "http/errc.hpp"

#include <optional>
#include <string>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace http {

// A server hands out tickets of its context's own, random key. One that comes back after `limit`,
// or after a certificate of the client's chain has expired, is passed over: a full handshake
// follows. Zero: no tickets.
void resume_sessions_of_clients(SSL_CTX* context, base::Duration limit);

// A client keeps sessions with the context that made them, so never across client identities or
// CAs. Bounded; a ticket of TLS 1.3 is used once [RFC 8446 C.4]. Not for several threads.
void keep_sessions(SSL_CTX* context, base::Duration limit);

// Before a client's handshake: names whom the session will be with, and offers one if one is kept.
// True if one is offered. `peer` must hold everything the certificate is checked for.
bool offer_session(SSL* tls, const std::string& peer, base::Time now);
void forget_sessions(SSL* tls); // with this connection's peer
bool is_resumed(SSL* tls);

std::optional<crypto::Certificate> certificate_of_peer(SSL* tls); // of a resumed session too

// Whether a server's alert says that it will not have our client certificate, or us without one,
// before it can have taken a request. In TLS 1.3 that comes after our side of the handshake, at the
// first read; `answered` = application data has come on this connection.
bool refuses_client(SSL* tls, const boost::system::error_code& error, bool answered);

} // namespace http
