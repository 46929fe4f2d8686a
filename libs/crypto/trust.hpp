// SPDX-License-Identifier: Apache-2.0
// Judges whether a certificate is trusted. A static peer pins exact certificates; a federation
// trusts the certificates that its issuing CAs issued. [DIGG TP-AS4 2.10] Only certificates of the
// environment's own issuing CA are accepted. The chain that we build may therefore be partial: it
// ends in a configured anchor, which may be an intermediate CA.
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
    broken_chain, // a wrong signature, an issuer that is not a CA, a chain that is too long, …
    weak,         // a key or a digest below 112 bits, or a signer's key that is not RSA
    is_ca,        // a CA certificate where an end entity's certificate is needed
    wrong_use     // the key usage forbids signatures, or the use as a TLS client
};
std::string_view to_text(Trust verdict);
// Returns whether the verdict depends on the time. A wrong clock on this machine could then be the
// cause.
bool depends_on_time(Trust verdict);

// A verdict and the details that an operator needs to act on it.
struct Verdict {
    Trust trust = Trust::trusted;
    // Describes the judged certificate (described()) and the CA certificate at fault, if there is
    // one. Adds the date on this machine if the verdict depends on time, and OpenSSL's reason if
    // the chain is broken. Empty if trusted.
    std::string about;

    std::string text() const; // "the certificate has expired: CN=…, issued by …; …"
    friend bool operator==(const Verdict& verdict, Trust wanted) { return verdict.trust == wanted; }
};

// Judges only the validity period: trusted, expired or not_yet_valid.
Verdict judge_validity(const Certificate& certificate, base::Time at);

// The use for which a store judges certificates. A TLS client is judged as in a TLS handshake: its
// key may be of any kind, and its extended key usage is checked.
enum class Use { signature, tls_client };

class TrustStore {
public:
    explicit TrustStore(std::vector<Certificate> anchors, Use use = Use::signature);
    TrustStore(TrustStore&&) noexcept;
    TrustStore& operator=(TrustStore&&) noexcept;
    ~TrustStore();
    // Judges `leaf` at the time `at`. The certificates in `others` come from the message. The first
    // 16 of them help to build the chain, but never serve as anchors.
    Verdict
    judge(const Certificate& leaf, const std::vector<Certificate>& others, base::Time at) const;

private:
    struct Store;
    std::unique_ptr<Store> store_;
};

} // namespace crypto
