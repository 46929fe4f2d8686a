// SPDX-License-Identifier: Apache-2.0
// TLS settings of a server or client [eDelivery AS4 1.15, TA39: TLS 1.2 must, 1.3 may; versions and
// suites settable].
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
    base::Path ca; // whom we accept on the other side: PEM, several allowed; empty on a client =
                   // the system's
    ClientCertificate client = ClientCertificate::required; // servers only
    std::string min_version = "1.2";                        // "1.2" or "1.3"
    std::string max_version = "1.3";
    std::string ciphers; // TLS 1.2 list and 1.3 suites in OpenSSL's form; empty = our default
                         // (ECDHE with AES-GCM)
    std::string groups;  // of the key exchange, in OpenSSL's form; empty = OpenSSL's default
    // How long after a full handshake a session may be resumed; never past its certificates. 0 = no
    // resumption.
    base::Duration resumption = std::chrono::hours(1);
};

base::Result<std::shared_ptr<boost::asio::ssl::context>> server_context(const TlsFiles& files
); // errc::bad_tls_files
base::Result<std::shared_ptr<boost::asio::ssl::context>> client_context(const TlsFiles& files);

// SNI, unless it is an address [RFC 6066 3].
boost::system::error_code name_server(SSL* tls, const std::string& host);

} // namespace http
