// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as values. Copies share the parsed form.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "crypto/errc.hpp"

#include <memory>
#include <string>
#include <vector>

typedef struct x509_st X509;

namespace crypto {

class Certificate {
public:
    // Parsing costs as much as five RSA verifications (OpenSSL 3.0): recently seen DER is answered
    // from a cache.
    static base::Result<Certificate> from_der(base::BytesView der);
    static base::Result<Certificate> from_pem(base::BytesView pem); // the first one in it
    // Every certificate of a PEM text, in its order; at least one.
    static base::Result<std::vector<Certificate>> all_from_pem(base::BytesView pem);

    const base::Bytes& der() const;
    std::string pem() const;
    const base::Bytes& fingerprint() const; // SHA-256 of the DER, 32 octets
    const std::string& subject() const;     // RFC 2253, for people
    const std::string& common_name() const; // last CN of the subject, UTF-8; empty if none
    std::string issuer() const;             // RFC 2253 strictly, as ds:X509IssuerName
    std::string serial() const;             // decimal, as ds:X509SerialNumber
    const base::Bytes& subject_key_identifier() const; // octets of the extension; empty if none
    base::Time not_before() const;
    base::Time not_after() const;
    int key_bits() const; // RSA modulus size; 0 for other keys

    X509* native() const; // for crypto and http's TLS only

    friend bool operator==(const Certificate& a, const Certificate& b)
    {
        return a.fingerprint() == b.fingerprint();
    }

private:
    struct Parsed;
    explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
    std::shared_ptr<const Parsed> parsed_;
};

// For logs and people, bounded: "CN=ap.example, issued by CN=Example CA, serial 0x1A2B, valid from
// 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z".
std::string described(const Certificate& certificate);

// A PKIPath (X.509 §10.1.1): DER SEQUENCE OF Certificate, trust anchor side first; the result has
// the end entity last.
base::Result<std::vector<Certificate>> certificates_from_pkipath(base::BytesView der);

} // namespace crypto
