// SPDX-License-Identifier: Apache-2.0
// SHA-256 by OpenSSL's implementation, which native::digest() fetches once.
#include "crypto/digest.hpp"

#include "crypto/native.hpp"

namespace crypto {

base::Bytes sha256(base::BytesView octets)
{
    base::Bytes result(sha256_size, '\0');
    const int done = EVP_Digest(
        octets.data(), octets.size(), native::octets(result), nullptr, native::digest(Hash::sha256),
        nullptr
    );
    native::require(done == 1, "SHA-256");
    return result;
}

struct Sha256::State {
    native::DigestContext context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>())
{
    native::require(
        state_->context != nullptr &&
            EVP_DigestInit_ex2(state_->context.get(), native::digest(Hash::sha256), nullptr) == 1,
        "SHA-256 start"
    );
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(base::BytesView octets)
{
    native::require(
        EVP_DigestUpdate(state_->context.get(), octets.data(), octets.size()) == 1, "SHA-256 update"
    );
}

base::Bytes Sha256::finish()
{
    base::Bytes result(sha256_size, '\0');
    native::require(
        EVP_DigestFinal_ex(state_->context.get(), native::octets(result), nullptr) == 1,
        "SHA-256 end"
    );
    return result;
}

} // namespace crypto
