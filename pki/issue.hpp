// SPDX-License-Identifier: Apache-2.0
// Makes RSA keys and X.509 certificates for tests and demonstrations. Never use them in production,
// because the keys are stored unencrypted.
#pragma once

#include "base/time.hpp"
#include "crypto/native.hpp"

#include <string>
#include <vector>

namespace pki {

// The content of a certificate to issue.
struct Profile {
    std::string common_name; // 1 to 64 characters
    int bits = 3072;
    bool authority = false; // basicConstraints CA:TRUE
    // In the syntax of openssl.cnf: "critical,digitalSignature"; empty = no extension.
    std::string key_usage;
    // "serverAuth,clientAuth"; empty = no extension.
    std::string extended_key_usage;
    // DNS names and IP addresses for subjectAltName.
    std::vector<std::string> hosts;
    base::Time not_before;
    base::Time not_after;
};

// A certificate and its private key.
struct Identity {
    crypto::native::Key key;
    crypto::native::CertificateOwner certificate;
};

// Makes a new key and its certificate, signed by `issuer`, or self-signed if `issuer` is null. The
// signature is sha256WithRSAEncryption; the extensions include SKI and AKI.
base::Result<Identity> issue(const Profile& profile, const Identity* issuer);

// crypto::errc::bad_key or crypto::errc::bad_certificate if the PEM text is invalid.
base::Result<Identity> read_identity(base::BytesView key_pem, base::BytesView certificate_pem);
std::string key_pem(const Identity& identity); // PKCS#8, not encrypted
std::string certificate_pem(const Identity& identity);

// Accepts an IP address or a DNS name.
bool is_host(const std::string& text);

} // namespace pki
