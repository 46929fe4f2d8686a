// SPDX-License-Identifier: Apache-2.0
// Whom to trust. A static peer pins exact certificates; a federation trusts what its issuing CAs
// issued. [DIGG TP-AS4 2.10] only certificates of the environment's own issuing CA are accepted, so
// a partial chain that ends in a configured anchor (which may be an intermediate) is what we build.
#pragma once

#include "base/time.hpp"
#include "crypto/certificate.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace crypto {

enum class Trust {
    trusted,
    expired,              // the certificate itself
    not_yet_valid,        // the certificate itself
    issuer_expired,       // a CA in its chain
    issuer_not_yet_valid, // a CA in its chain
    unknown_issuer,       // the chain ends before it reaches an anchor
    broken_chain,         // a wrong signature, an issuer that is no CA, a chain that is too long
    weak,                 // a key or a digest below 112 bits
    is_ca,                // a CA certificate where an end entity's is needed
    wrong_use             // the key usage forbids signatures, or the use as TLS client
};
std::string_view to_text(Trust verdict);
// Whether the clock decided: a wrong date here could be the cause.
bool depends_on_time(Trust verdict);

// A verdict and what a person needs to act on it.
struct Verdict {
    Trust trust = Trust::trusted;
    // The certificate concerned (described()), with the date here if the time decided and OpenSSL's
    // reason for a broken chain. Empty if trusted.
    std::string about;

    std::string text() const; // "the certificate has expired: CN=…, issued by …; …"
    friend bool operator==(const Verdict& verdict, Trust wanted) { return verdict.trust == wanted; }
};

// Its validity period alone: trusted, expired or not_yet_valid.
Verdict judge_validity(const Certificate& certificate, base::Time at);

// What a store's certificates are for. A TLS client is judged as in a handshake: any kind of key,
// and its extended key usage counts.
enum class Use { signature, tls_client };

class TrustStore {
public:
    explicit TrustStore(std::vector<Certificate> anchors, Use use = Use::signature);
    TrustStore(TrustStore&&) noexcept;
    TrustStore& operator=(TrustStore&&) noexcept;
    ~TrustStore();
    // `others` are certificates the message brought along: used to build the chain, never as
    // anchors.
    Verdict
    judge(const Certificate& leaf, const std::vector<Certificate>& others, base::Time at) const;

private:
    struct Store;
    std::unique_ptr<Store> store_;
};

} // namespace crypto
