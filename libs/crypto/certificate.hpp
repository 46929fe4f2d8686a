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
    // Reads exactly one certificate in DER, of at most 64 KiB. Recently seen certificates come from
    // a cache, because parsing costs as much as five RSA verifications (OpenSSL 3.0).
    // errc::bad_certificate.
    static base::Result<Certificate> from_der(base::BytesView der);
    // Reads the first certificate of a PEM text. errc::bad_certificate.
    static base::Result<Certificate> from_pem(base::BytesView pem);
    // Reads the certificates of a PEM text in their order: at least one, at most the first 1000.
    // errc::bad_certificate.
    static base::Result<std::vector<Certificate>> all_from_pem(base::BytesView pem);

    const base::Bytes& der() const;
    std::string pem() const;
    const base::Bytes& fingerprint() const; // SHA-256 of the DER, 32 octets
    const std::string& subject() const;     // RFC 2253, for display only
    const std::string& common_name() const; // last CN of the subject, UTF-8; empty if none
    std::string issuer() const;             // strict RFC 2253, as in ds:X509IssuerName
    std::string serial() const;             // decimal, as in ds:X509SerialNumber
    const base::Bytes& subject_key_identifier() const; // value of the extension; empty if none
    base::Time not_before() const;
    base::Time not_after() const;
    int key_bits() const; // RSA modulus size; 0 for other keys

    X509* native() const; // only for crypto and the TLS code of http

    friend bool operator==(const Certificate& a, const Certificate& b)
    {
        return a.fingerprint() == b.fingerprint();
    }

private:
    struct Parsed;
    explicit Certificate(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
    std::shared_ptr<const Parsed> parsed_;
};

// Describes a certificate for logs and operators; each name is cut after 200 octets:
// "CN=ap.example, issued by CN=Example CA, serial 0x1A2B, valid from 2026-01-01T00:00:00Z to
// 2027-01-01T00:00:00Z".
std::string described(const Certificate& certificate);

// Reads a PKIPath (X.509 §10.1.1), a DER SEQUENCE OF Certificate with 1 to 10 certificates. A
// PKIPath starts at the trust anchor's side, so the result has the end entity last.
// errc::bad_certificate.
base::Result<std::vector<Certificate>> certificates_from_pkipath(base::BytesView der);

} // namespace crypto
