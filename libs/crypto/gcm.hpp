// SPDX-License-Identifier: Apache-2.0
// AES-128-GCM in pieces, in the wire format of XML Encryption 1.1 5.2.4: an IV of 12 octets, the
// ciphertext, a tag of 16 octets.
#pragma once

#include "crypto/errc.hpp"
#include "crypto/secret.hpp"

#include <memory>

namespace crypto {

inline constexpr std::size_t gcm_overhead = 12 + 16; // octets that encryption adds

class GcmEncryptor {
public:
    // Draws a fresh random IV. `key` must have 16 octets; any other length stops the process.
    explicit GcmEncryptor(const Secret& key);
    GcmEncryptor(GcmEncryptor&&) noexcept;
    ~GcmEncryptor();
    base::Bytes start();                                  // returns the IV, first on the wire
    void update(base::BytesView plain, base::Bytes& out); // appends ciphertext to out
    base::Bytes finish();                                 // returns the tag, last on the wire

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Takes the wire octets in pieces of any size. The output of update() is NOT authentic until
// finish() has succeeded. Before that, the caller may hash the output, inflate it as a check and
// spool it, but must never release it.
class GcmDecryptor {
public:
    explicit GcmDecryptor(const Secret& key);
    GcmDecryptor(GcmDecryptor&&) noexcept;
    ~GcmDecryptor();
    // Appends plaintext to `out`. Holds back the last 16 octets, which may be the tag.
    void update(base::BytesView wire, base::Bytes& out);
    // errc::decryption_failed: the tag is wrong, or there were fewer than 28 octets.
    base::Result<> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace crypto
