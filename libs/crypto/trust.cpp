// SPDX-License-Identifier: Apache-2.0
// Lets OpenSSL build and verify the chain, and adds a few rules of our own. Anchors and time come
// from the caller, never from the environment. Purposes (EKU) are checked for TLS clients only.
#include "crypto/trust.hpp"

#include "crypto/native.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace crypto {
namespace {

constexpr int min_key_bits = 2048;
constexpr std::size_t max_others = 16; // certificates of a message; further ones are ignored
constexpr int max_intermediates = 6;
// OpenSSL's level for 112 bits: no SHA-1 signature and no RSA key below 2048 bits in the chain.
constexpr int security_level = 2;

Trust trust_of(int error, int depth)
{
    const bool own = depth == 0;
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return own ? Trust::not_yet_valid : Trust::issuer_not_yet_valid;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return own ? Trust::expired : Trust::issuer_expired;
    case X509_V_ERR_INVALID_PURPOSE:
        return own ? Trust::wrong_use : Trust::broken_chain;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return Trust::unknown_issuer;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return Trust::weak;
    default:
        return Trust::broken_chain;
    }
}

Verdict verdict_of(X509_STORE_CTX* context, const Certificate& leaf, base::Time at)
{
    const int error = X509_STORE_CTX_get_error(context);
    Verdict verdict{trust_of(error, X509_STORE_CTX_get_error_depth(context)), described(leaf)};
    // OpenSSL checks the issuers first. If the certificate itself is also outside its validity
    // period, report the certificate, because its owner must know.
    if (depends_on_time(verdict.trust))
        if (auto own = judge_validity(leaf, at); own != Trust::trusted) return own;
    X509* const current = X509_STORE_CTX_get_current_cert(context);
    if (current && X509_cmp(current, leaf.native()) != 0) {
        const auto issuer = native::copy_of(current);
        if (issuer) verdict.about += "; in its chain: " + described(*issuer);
    }
    if (verdict.trust == Trust::broken_chain)
        verdict.about += std::string("; ") + X509_verify_cert_error_string(error);
    if (depends_on_time(verdict.trust)) verdict.about += "; the date here is " + base::to_text(at);
    return verdict;
}

Trust fitness_for_signatures(X509* leaf)
{
    if ((X509_get_extension_flags(leaf) & EXFLAG_CA) != 0) return Trust::is_ca;
    // [RFC 5280 4.2.1.3] Without the key usage extension every use is allowed. OpenSSL then returns
    // all bits set.
    const bool signs = (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
    return signs ? Trust::trusted : Trust::wrong_use;
}

native::CertificateStack stack_of(const std::vector<Certificate>& certificates)
{
    native::CertificateStack stack(sk_X509_new_null());
    native::require(stack != nullptr, "certificate stack");
    const std::size_t count = std::min(certificates.size(), max_others);
    for (std::size_t i = 0; i < count; ++i) {
        native::require(
            sk_X509_push(stack.get(), certificates[i].native()) > 0, "certificate stack"
        );
    }
    return stack;
}

} // namespace

std::string_view to_text(Trust verdict)
{
    switch (verdict) {
    case Trust::trusted:
        return "trusted";
    case Trust::expired:
        return "the certificate has expired";
    case Trust::not_yet_valid:
        return "the certificate is not yet valid";
    case Trust::issuer_expired:
        return "a CA certificate in its chain has expired";
    case Trust::issuer_not_yet_valid:
        return "a CA certificate in its chain is not yet valid";
    case Trust::unknown_issuer:
        return "no trusted CA issued the certificate";
    case Trust::broken_chain:
        return "the certificate's chain does not verify";
    case Trust::weak:
        return "a key or digest of the certificate or its chain is too weak";
    case Trust::is_ca:
        return "the certificate is a CA's own, not an end entity's";
    case Trust::wrong_use:
        return "the certificate's key usage forbids this use";
    }
    return "?";
}

bool depends_on_time(Trust verdict)
{
    return verdict == Trust::expired || verdict == Trust::not_yet_valid ||
           verdict == Trust::issuer_expired || verdict == Trust::issuer_not_yet_valid;
}

std::string Verdict::text() const
{
    return std::string(to_text(trust)) + (about.empty() ? "" : ": " + about);
}

Verdict judge_validity(const Certificate& certificate, base::Time at)
{
    Verdict verdict;
    if (at > certificate.not_after()) verdict.trust = Trust::expired;
    if (at < certificate.not_before()) verdict.trust = Trust::not_yet_valid;
    if (verdict.trust != Trust::trusted)
        verdict.about = described(certificate) + "; the date here is " + base::to_text(at);
    return verdict;
}

struct TrustStore::Store {
    native::StoreOwner native{X509_STORE_new()};
    Use use = Use::signature;
};

TrustStore::TrustStore(std::vector<Certificate> anchors, Use use)
    : store_(std::make_unique<Store>())
{
    store_->use = use;
    X509_STORE* const store = store_->native.get();
    native::require(store != nullptr, "certificate store");
    // [DIGG TP-AS4 2.10] The anchor at the end of the chain may be an intermediate CA or the
    // certificate itself.
    native::require(X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1, "store flags");
    X509_STORE_set_depth(store, max_intermediates);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), security_level);
    if (use == Use::tls_client)
        native::require(
            X509_STORE_set_purpose(store, X509_PURPOSE_SSL_CLIENT) == 1, "store purpose"
        );
    // The store takes its own reference to each certificate.
    for (const Certificate& anchor : anchors) {
        native::require(X509_STORE_add_cert(store, anchor.native()) == 1, "anchor");
    }
}

TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Verdict TrustStore::judge(
    const Certificate& leaf, const std::vector<Certificate>& others, base::Time at
) const
{
    const bool signs = store_->use == Use::signature;
    // RSA keys below 2048 bits are too weak for any federation. Keys of another kind are refused
    // too, because key_bits() is 0 for them.
    if (signs && leaf.key_bits() < min_key_bits)
        return {
            Trust::weak,
            described(leaf) + (leaf.key_bits() == 0
                                   ? "; the key is not RSA"
                                   : "; RSA, " + std::to_string(leaf.key_bits()) + " bits")
        };

    const native::CertificateStack untrusted = stack_of(others);
    const native::StoreContext context(X509_STORE_CTX_new());
    native::require(
        context != nullptr &&
            X509_STORE_CTX_init(
                context.get(), store_->native.get(), leaf.native(), untrusted.get()
            ) == 1,
        "chain building"
    );
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(seconds));
    const int verified = X509_verify_cert(context.get());
    (void)native::error_queue_text();
    if (verified != 1) return verdict_of(context.get(), leaf, at);
    const auto fitness = signs ? fitness_for_signatures(leaf.native()) : Trust::trusted;
    if (fitness == Trust::trusted) return {};
    return {fitness, described(leaf)};
}

} // namespace crypto
