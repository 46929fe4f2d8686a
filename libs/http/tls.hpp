// SPDX-License-Identifier: Apache-2.0
// TLS settings of a server or client [eDelivery AS4 1.15, TA39]: TLS 1.2 is required, TLS 1.3 is
// allowed, and versions and suites are configurable.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"
#include "http/errc.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

typedef struct ssl_st SSL;

namespace http {

enum class ClientCertificate { none, optional, required };

struct TlsFiles {
    base::Path key;         // a client without key and certificate is anonymous
    base::Path certificate; // with its chain
    // CAs accepted for the other side's certificate, in PEM, one or more. Empty on a client = the
    // CAs of the system.
    base::Path ca;
    ClientCertificate client = ClientCertificate::required; // servers only
    std::string min_version = "1.2";                        // "1.2" or "1.3"
    std::string max_version = "1.3";
    // TLS 1.2 ciphers and 1.3 suites in OpenSSL's form. Empty = ECDHE with AES-GCM.
    std::string ciphers;
    // Groups of the key exchange in OpenSSL's form. Empty = OpenSSL's default.
    std::string groups;
    // Time after a full handshake during which a session may be resumed. It ends earlier if a
    // certificate of the session expires. 0 = no resumption.
    base::Duration resumption = std::chrono::hours(1);
};

// errc::bad_tls_files.
base::Result<std::shared_ptr<boost::asio::ssl::context>> server_context(const TlsFiles& files);
// errc::bad_tls_files.
base::Result<std::shared_ptr<boost::asio::ssl::context>> client_context(const TlsFiles& files);

// Sets SNI to `host`, unless `host` is an address [RFC 6066 3].
boost::system::error_code name_server(SSL* tls, const std::string& host);

} // namespace http
