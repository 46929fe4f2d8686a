// SPDX-License-Identifier: Apache-2.0
// TLS settings of a server or client [eDelivery AS4 1.15: TLS 1.2 must, 1.3 may; versions and suites settable].
#pragma once

#include "base/file.hpp"
#include "http/errc.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace http {

enum class ClientCertificate { none, optional, required };

struct TlsFiles {
    base::Path key;
    base::Path certificate;      // with its chain
    base::Path ca;               // whom we accept on the other side: PEM, several allowed
    ClientCertificate client = ClientCertificate::required; // servers only
    std::string least_version = "1.2"; // "1.2" or "1.3"
    std::string ciphers;         // TLS 1.2 list and 1.3 suites in OpenSSL's form; empty = our default (ECDHE with AES-GCM)
};

base::Result<std::shared_ptr<boost::asio::ssl::context>> server_context(const TlsFiles& files); // errc::bad_tls_files
base::Result<std::shared_ptr<boost::asio::ssl::context>> client_context(const TlsFiles& files);

} // namespace http
