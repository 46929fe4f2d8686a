// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with owners, and its error queue as text. For crypto's own sources, http's TLS
// file and kurir-pki; no public header includes it.
#pragma once

#include "crypto/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <optional>
#include <string>

namespace crypto::native {

// Frees with the function that OpenSSL pairs with the type.
template <auto function> struct Free {
    template <class Object> void operator()(Object* object) const { function(object); }
};

struct FreeStack { // sk_X509_free is a macro; the certificates in it belong to others
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

struct FreeText { // OPENSSL_free is a macro
    void operator()(void* memory) const { OPENSSL_free(memory); }
};

using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<&BN_free>>;
using CertificateOwner = std::unique_ptr<X509, Free<&X509_free>>;
using CertificateStack = std::unique_ptr<STACK_OF(X509), FreeStack>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<&EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<&EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<&EVP_PKEY_CTX_free>>;
using StoreOwner = std::unique_ptr<X509_STORE, Free<&X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Free<&X509_STORE_CTX_free>>;

// What OpenSSL has to say about the last failure of this thread; empties its queue.
std::string error_queue_text();

// Stops the process: for operations that fail only without memory or with a broken OpenSSL, where
// going on would mean a wrong digest or a known key.
void require(bool succeeded, const char* operation);

// Fetched once, for the life of the process (a fetch per use costs more than a short digest).
const EVP_MD* digest(Hash hash);
const EVP_CIPHER* aes_128_gcm();

inline const unsigned char* octets(base::BytesView view)
{
    return reinterpret_cast<const unsigned char*>(view.data());
}
inline unsigned char* octets(base::Bytes& bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// The certificate as a value of its own; nothing if it is none we take.
std::optional<Certificate> copy_of(X509* certificate);

// A BIO that reads the view in place.
Bio reader(base::BytesView view);
// What has been written into a memory BIO.
std::string written(BIO* bio);

} // namespace crypto::native
