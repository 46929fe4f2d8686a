// SPDX-License-Identifier: Apache-2.0
// A test authority with certificates and keys made on the spot by the openssl command, kept in a
// folder of this user below the temporary one, so that test programs running one after the other
// make each only once.
#pragma once

#include "base/file.hpp"
#include "crypto/rsa.hpp"
#include "crypto/trust.hpp"

#include <chrono>
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

    // The identity of that common name; a name always gives the same one.
    Identity identity(const std::string& common_name, int bits = 2048) const;
    // The same, but a certificate whose validity ended before it began to be used.
    Identity expired_identity(const std::string& common_name) const;
    // Another one at each call, which expires that soon; whoever asked for it removes its folder.
    Identity short_lived_identity(const std::string& common_name, std::chrono::seconds left) const;
    // The same, but it becomes valid that late.
    Identity coming_identity(const std::string& common_name, std::chrono::seconds until) const;
    // The same, but without digitalSignature in its key usage.
    Identity encryption_only_identity(const std::string& common_name) const;
    // What identity() was before its renewal: the same key and name, a validity that is over.
    Identity former_identity(const std::string& common_name) const;
    // Another key and name, and the SubjectKeyIdentifier of identity().
    Identity lookalike_identity(const std::string& common_name) const;

    crypto::Certificate certificate() const;
    base::Path certificate_file() const;
    crypto::TrustStore trust() const;

private:
    struct Request {
        std::string folder_name;
        std::string common_name;
        std::string key_usage = "digitalSignature,keyEncipherment,dataEncipherment";
        std::string validity = "-days 3000";
        int bits = 2048;
        base::Path key_file; // an existing one; empty: a new key
        std::string key_identifier = "hash";
    };
    Identity issue(const Request& wanted) const;
    base::Path folder_;
};

base::Bytes file_octets(const base::Path& file); // for tests: whole, or an exception

} // namespace support
