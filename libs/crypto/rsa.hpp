// SPDX-License-Identifier: Apache-2.0
// RSA as the profile uses it: rsa-sha256 signatures (RFC 8017 PKCS#1 v1.5) and OAEP key transport.
// A private key exists only inside Signer.
#pragma once

#include "base/file.hpp"
#include "crypto/certificate.hpp"
#include "crypto/secret.hpp"

#include <memory>

namespace crypto {

enum class Hash { sha1, sha256 };

// XML Encryption 1.1 5.5.2: the hash of OAEP and that of its mask are set apart.
struct Oaep {
    Hash digest = Hash::sha256;
    Hash mgf1 = Hash::sha256;
};

// The private key of this access point with its certificate. Thread-safe.
class Signer {
public:
    // The key file must not be readable by group or others (errc::bad_key); the first certificate
    // of certificate_file must fit it (errc::key_mismatch), the rest is its chain.
    static base::Result<Signer>
    from_files(const base::Path& key_file, const base::Path& certificate_file);
    Signer(Signer&&) noexcept;
    Signer& operator=(Signer&&) noexcept;
    ~Signer();

    const Certificate& certificate() const;
    const std::vector<Certificate>& chain() const; // own certificate first
    base::Result<base::Bytes> sign_sha256(base::BytesView data) const;
    // Never tells why it failed: errc::decryption_failed, in the same time as far as OpenSSL has
    // it.
    base::Result<Secret> decrypt(base::BytesView ciphertext, Oaep oaep) const;

private:
    struct Key;
    explicit Signer(std::unique_ptr<Key> key);
    std::unique_ptr<Key> key_;
};

// Whether a PEM text holds a private key under a passphrase, which nobody here could enter; and
// what an operator does about it.
bool is_encrypted_key(base::BytesView pem);
std::string decrypt_it(const base::Path& file);

// errc::bad_signature if `signature` is not that of `data` under the certificate's key.
base::Result<>
verify_sha256(const Certificate& signer, base::BytesView data, base::BytesView signature);
base::Result<base::Bytes> encrypt(const Certificate& recipient, const Secret& key, Oaep oaep);

} // namespace crypto
