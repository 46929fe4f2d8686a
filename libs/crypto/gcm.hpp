// SPDX-License-Identifier: Apache-2.0
// AES-128-GCM as XML Encryption 1.1 5.2.4 puts it on the wire: 12 octets IV, ciphertext, 16 octets
// tag; in pieces.
#pragma once

#include "crypto/errc.hpp"
#include "crypto/secret.hpp"

#include <memory>

namespace crypto {

inline constexpr std::size_t gcm_overhead = 12 + 16; // octets that encryption adds

class GcmEncryptor {
public:
    explicit GcmEncryptor(const Secret& key); // 16 octets; a fresh random IV
    GcmEncryptor(GcmEncryptor&&) noexcept;
    ~GcmEncryptor();
    base::Bytes start();                                  // the IV: the first octets on the wire
    void update(base::BytesView plain, base::Bytes& out); // appends ciphertext to out
    base::Bytes finish();                                 // the tag: the last octets

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Takes the wire octets in any pieces. What update() gives is NOT authentic until finish() has
// succeeded: it may be hashed, inflated as a check and spooled, never released.
class GcmDecryptor {
public:
    explicit GcmDecryptor(const Secret& key);
    GcmDecryptor(GcmDecryptor&&) noexcept;
    ~GcmDecryptor();
    void update(
        base::BytesView wire, base::Bytes& out
    );                       // appends plaintext to out; keeps the last 16 octets back
    base::Result<> finish(); // errc::decryption_failed: tag wrong or fewer than 28 octets

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace crypto
