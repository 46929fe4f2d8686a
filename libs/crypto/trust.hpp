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
    not_trusted, // no chain to an anchor
    expired,     // or not yet valid at the time asked for
    wrong_use,   // key usage lacks digitalSignature, or it is a CA certificate; not for TLS clients
};
// What a store's certificates are for. A TLS client is judged as in a handshake: any kind of key,
// and its extended key usage counts.
enum class Use { signature, tls_client };
std::string_view to_text(Trust verdict);

class TrustStore {
public:
    explicit TrustStore(std::vector<Certificate> anchors, Use use = Use::signature);
    TrustStore(TrustStore&&) noexcept;
    TrustStore& operator=(TrustStore&&) noexcept;
    ~TrustStore();
    // `others` are certificates the message brought along: used to build the chain, never as
    // anchors.
    Trust
    judge(const Certificate& leaf, const std::vector<Certificate>& others, base::Time at) const;

private:
    struct Store;
    std::unique_ptr<Store> store_;
};

} // namespace crypto
