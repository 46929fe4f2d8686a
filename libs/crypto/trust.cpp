// SPDX-License-Identifier: Apache-2.0
// Chain building by OpenSSL, with the few rules of our own around it. The environment has nothing
// to say: anchors and time come from the caller; purposes (EKU) are looked at for TLS clients only.
#include "crypto/trust.hpp"

#include "crypto/native.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace crypto {
namespace {

constexpr int least_key_bits = 2048;
constexpr std::size_t most_others = 16; // certificates of a message that we look at
constexpr int most_intermediates = 6;
constexpr int security_level = 2; // 112 bits: no SHA-1 signature and no RSA below 2048 in the chain

Trust verdict_of(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return Trust::expired;
    case X509_V_ERR_INVALID_PURPOSE:
        return Trust::wrong_use;
    default:
        return Trust::not_trusted;
    }
}

bool fit_for_signatures(X509* leaf)
{
    if ((X509_get_extension_flags(leaf) & EXFLAG_CA) != 0) return false;
    // [RFC 5280 4.2.1.3] without the extension every use is allowed: OpenSSL answers with all bits
    // set.
    return (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
}

native::CertificateStack stack_of(const std::vector<Certificate>& certificates)
{
    native::CertificateStack stack(sk_X509_new_null());
    native::require(stack != nullptr, "certificate stack");
    const std::size_t count = std::min(certificates.size(), most_others);
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
    case Trust::not_trusted:
        return "not trusted";
    case Trust::expired:
        return "expired or not yet valid";
    case Trust::wrong_use:
        return "not a certificate for signatures";
    }
    return "?";
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
    // [DIGG TP-AS4 2.10] the chain may end in an anchor that is an intermediate or the certificate
    // itself.
    native::require(X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1, "store flags");
    X509_STORE_set_depth(store, most_intermediates);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), security_level);
    if (use == Use::tls_client)
        native::require(
            X509_STORE_set_purpose(store, X509_PURPOSE_SSL_CLIENT) == 1, "store purpose"
        );
    for (const Certificate& anchor : anchors) { // the store takes a reference of its own
        native::require(X509_STORE_add_cert(store, anchor.native()) == 1, "anchor");
    }
}

TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Trust TrustStore::judge(
    const Certificate& leaf, const std::vector<Certificate>& others, base::Time at
) const
{
    const bool signs = store_->use == Use::signature;
    // RSA below 2048 bits is too weak for any federation; a key of another kind has 0 bits here.
    if (signs && leaf.key_bits() < least_key_bits) return Trust::not_trusted;

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
    const int error = X509_STORE_CTX_get_error(context.get());
    (void)native::error_queue_text();
    if (verified != 1) return verdict_of(error);
    return !signs || fit_for_signatures(leaf.native()) ? Trust::trusted : Trust::wrong_use;
}

} // namespace crypto
