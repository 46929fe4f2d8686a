// SPDX-License-Identifier: Apache-2.0
// Makes RSA keys and X.509 certificates for tests and demonstrations. Never for production: keys
// lie unencrypted.
#pragma once

#include "base/time.hpp"
#include "crypto/native.hpp"

#include <string>
#include <vector>

namespace pki {

// What a certificate shall say.
struct Profile {
    std::string common_name; // 1 to 64 characters
    int bits = 3072;
    bool authority = false; // basicConstraints CA:TRUE
    std::string
        key_usage; // as openssl.cnf has it: "critical,digitalSignature"; empty: no extension
    std::string extended_key_usage; // "serverAuth,clientAuth"; empty: no extension
    std::vector<std::string> hosts; // DNS names and IP addresses of subjectAltName
    base::Time not_before;
    base::Time not_after;
};

// A certificate and its private key.
struct Identity {
    crypto::native::Key key;
    crypto::native::CertificateOwner certificate;
};

// A new key with a certificate by `issuer`, or by itself if that is null; sha256WithRSAEncryption,
// SKI and AKI.
base::Result<Identity> issue(const Profile& profile, const Identity* issuer);

base::Result<Identity> read_identity(base::BytesView key_pem, base::BytesView certificate_pem);
std::string key_pem(const Identity& identity); // PKCS#8, not encrypted
std::string certificate_pem(const Identity& identity);

bool is_host(const std::string& text); // an IP address or a DNS name

} // namespace pki
