// SPDX-License-Identifier: Apache-2.0
// Owners for OpenSSL's objects, and OpenSSL's error queue as text. Only the sources of crypto, the
// TLS code of http and kurir-pki include this file; no public header does.
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

// A deleter that calls the function that OpenSSL pairs with the type.
template <auto function> struct Free {
    template <class Object> void operator()(Object* object) const { function(object); }
};

// A struct of its own, because sk_X509_free is a macro. Frees only the stack; the certificates in
// the stack have other owners.
struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

// A struct of its own, because OPENSSL_free is a macro.
struct FreeText {
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

// Returns OpenSSL's error queue of this thread as text, and empties the queue.
std::string error_queue_text();

// Stops the process if `succeeded` is false. Use this for operations that fail only if memory is
// exhausted or OpenSSL is broken. Continuing could produce a wrong digest or a predictable key.
void require(bool succeeded, const char* operation);

// Each algorithm is fetched once per process, because a fetch for each use costs more than a short
// digest.
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

// Returns a copy of the certificate, or nothing if Certificate::from_der() refuses the certificate.
std::optional<Certificate> copy_of(X509* certificate);

// Returns a BIO that reads the view in place; the view must outlive the BIO.
Bio reader(base::BytesView view);
// Returns the octets that were written to a memory BIO.
std::string written(BIO* bio);

} // namespace crypto::native
