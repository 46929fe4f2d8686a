// SPDX-License-Identifier: Apache-2.0
// A test authority with certificates and keys made on the spot by the openssl command, kept in a
// folder of this user below the temporary one, so that test programs running one after the other
// make each only once.
#pragma once

#include "base/file.hpp"
#include "crypto/rsa.hpp"
#include "crypto/trust.hpp"

#include <string>

namespace support {

// A key and its certificate as files; usable for AS4 signing, for encryption and for TLS on
// localhost.
struct Identity {
    base::Path key_file;         // PEM, 0600
    base::Path certificate_file; // PEM
    base::Path chain_file;       // PEM: the certificate, then its authority's

    crypto::Signer signer() const;
    crypto::Certificate certificate() const;
};

class Authority {
public:
    // Made on first use. The common name tells authorities apart: "federation" is whom the tests
    // trust.
    explicit Authority(std::string common_name = "federation");

    // The identity of that common name; a name always gives the same one. RSA-2048.
    Identity identity(const std::string& common_name) const;
    // The same, but a certificate whose validity ended before it began to be used.
    Identity expired_identity(const std::string& common_name) const;
    // The same, but without digitalSignature in its key usage.
    Identity encryption_only_identity(const std::string& common_name) const;

    crypto::Certificate certificate() const;
    base::Path certificate_file() const;
    crypto::TrustStore trust() const;

private:
    Identity issue(
        const std::string& folder_name, const std::string& common_name,
        const std::string& key_usage, const std::string& validity
    ) const;
    base::Path folder_;
};

base::Bytes file_octets(const base::Path& file); // for tests: whole, or an exception

} // namespace support
