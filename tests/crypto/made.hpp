// SPDX-License-Identifier: Apache-2.0
// Certificates made for one test, right in everything but what the test is about.
#pragma once

#include "crypto/certificate.hpp"
#include "pki/issue.hpp"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

namespace made {

inline base::Time noon()
{
    return base::parse_time("2026-11-22T12:00:00Z").value();
}

inline pki::Profile leaf(const std::string& common_name = "leaf")
{
    pki::Profile profile;
    profile.common_name = common_name;
    profile.bits = 2048;
    profile.key_usage = "critical,digitalSignature,keyEncipherment";
    profile.not_before = noon() - std::chrono::hours(24);
    profile.not_after = noon() + std::chrono::hours(24);
    return profile;
}

inline pki::Profile authority(const std::string& common_name)
{
    pki::Profile profile = leaf(common_name);
    profile.authority = true;
    profile.key_usage = "critical,keyCertSign,cRLSign";
    return profile;
}

inline pki::Identity issue(const pki::Profile& profile, const pki::Identity* by = nullptr)
{
    auto identity = pki::issue(profile, by);
    REQUIRE(identity);
    return std::move(*identity);
}

// After a test has changed identity.certificate by hand.
inline void
sign_again(pki::Identity& identity, const pki::Identity& by, const EVP_MD* digest = EVP_sha256())
{
    REQUIRE(X509_sign(identity.certificate.get(), by.key.get(), digest) > 0);
}

inline base::Bytes der(const pki::Identity& identity)
{
    unsigned char* encoded = nullptr;
    const int length = i2d_X509(identity.certificate.get(), &encoded);
    REQUIRE(length > 0);
    const base::Bytes octets(
        reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)
    );
    OPENSSL_free(encoded);
    return octets;
}

inline crypto::Certificate certificate(const pki::Identity& identity)
{
    return crypto::Certificate::from_der(der(identity)).value();
}

// A DER SEQUENCE around contents.
inline base::Bytes sequence(const base::Bytes& contents)
{
    base::Bytes length;
    for (std::size_t left = contents.size(); left > 0; left >>= 8)
        length.insert(0, 1, static_cast<char>(left));
    if (contents.size() < 128)
        return base::Bytes("\x30") + static_cast<char>(contents.size()) + contents;
    return base::Bytes("\x30") + static_cast<char>(0x80 | length.size()) + length + contents;
}

} // namespace made
