// SPDX-License-Identifier: Apache-2.0
// RSA as the AS4 profile uses it: rsa-sha256 signatures (RFC 8017 PKCS#1 v1.5) and OAEP key
// transport. A private key exists only inside Signer.
#pragma once

#include "base/file.hpp"
#include "crypto/certificate.hpp"
#include "crypto/secret.hpp"

#include <memory>

namespace crypto {

enum class Hash { sha1, sha256 };

// XML Encryption 1.1 5.5.2: OAEP and its mask function (MGF1) each have a hash of their own.
struct Oaep {
    Hash digest = Hash::sha256;
    Hash mgf1 = Hash::sha256;
};

// The private key of this access point with its certificate. Thread-safe.
class Signer {
public:
    // Reads the private key and its certificates. Group and others must have no access to the key
    // file (errc::bad_key). The first certificate of certificate_file must belong to the key
    // (errc::key_mismatch); the others are its chain. errc::bad_certificate if certificate_file has
    // no readable certificates.
    static base::Result<Signer>
    from_files(const base::Path& key_file, const base::Path& certificate_file);
    Signer(Signer&&) noexcept;
    Signer& operator=(Signer&&) noexcept;
    ~Signer();

    const Certificate& certificate() const;
    const std::vector<Certificate>& chain() const; // own certificate first
    base::Result<base::Bytes> sign_sha256(base::BytesView data) const;
    // Every failure is errc::decryption_failed without a reason. A failure takes the same time as a
    // success, as far as OpenSSL ensures that.
    base::Result<Secret> decrypt(base::BytesView ciphertext, Oaep oaep) const;

private:
    struct Key;
    explicit Signer(std::unique_ptr<Key> key);
    std::unique_ptr<Key> key_;
};

// Returns whether a PEM text holds a private key that is encrypted with a passphrase. Kurir cannot
// use such a key, because kurird asks for no passphrase.
bool is_encrypted_key(base::BytesView pem);
// Returns the text that tells an operator how to decrypt the key in `file`.
std::string decrypt_it(const base::Path& file);

// errc::bad_signature if `signature` is not a signature of `data` by the key of the certificate
// `signer`, or if that key is not RSA.
base::Result<>
verify_sha256(const Certificate& signer, base::BytesView data, base::BytesView signature);
// Encrypts `key` for the recipient. errc::bad_certificate if the recipient's key is not RSA;
// errc::failed if OpenSSL refuses.
base::Result<base::Bytes> encrypt(const Certificate& recipient, const Secret& key, Oaep oaep);

} // namespace crypto
