// SPDX-License-Identifier: Apache-2.0
// SHA-256 of octets, in one call or in pieces.
#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace crypto {

inline constexpr std::size_t sha256_size = 32;

base::Bytes sha256(base::BytesView octets); // 32 octets

class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();
    void update(base::BytesView octets);
    base::Bytes finish(); // 32 octets; call at most once

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace crypto
