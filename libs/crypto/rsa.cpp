// SPDX-License-Identifier: Apache-2.0
// RSA operations. Each call makes a context of its own, and all threads share the key. Sharing is
// safe, because OpenSSL locks the blinding of the key.
#include "crypto/rsa.hpp"

#include "crypto/native.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

namespace crypto {
namespace {

constexpr std::uint64_t max_key_file = 64 * 1024;
constexpr std::uint64_t max_certificate_file = 1024 * 1024;

// Without this callback OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*)
{
    return -1;
}

} // namespace

bool is_encrypted_key(base::BytesView pem)
{
    // PKCS #8 marks an encrypted key in the name of the PEM block, the older format in a header
    // field [RFC 7468 11, RFC 1421].
    return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != base::BytesView::npos ||
           pem.find("Proc-Type: 4,ENCRYPTED") != base::BytesView::npos;
}

std::string decrypt_it(const base::Path& file)
{
    return "the key is encrypted, and kurird asks for no passphrase: decrypt it (openssl pkey "
           "-in " +
           file.string() + " -out NEW_FILE, then chmod 600 NEW_FILE) and name the new file";
}

namespace {

base::Result<native::Key> read_key(const base::Path& file)
{
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::file_status status = fs::status(file, failure);
    if (failure) return base::Error(errc::bad_key, file.string() + ": " + failure.message());
    const auto others = fs::perms::group_all | fs::perms::others_all;
    if ((status.permissions() & others) != fs::perms::none) {
        return base::Error(errc::bad_key, file.string() + ": open to group or others; chmod 600");
    }
    auto content = base::read_file(file, max_key_file);
    if (!content) return base::Error(errc::bad_key, content.error().text());
    const Secret pem(std::move(*content));
    const native::Bio bio = native::reader(pem.view());
    native::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        const auto reason = native::error_queue_text();
        if (is_encrypted_key(pem.view()))
            return base::Error(errc::bad_key, file.string() + ": " + decrypt_it(file));
        return base::Error(errc::bad_key, file.string() + ": " + reason);
    }
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        return base::Error(errc::bad_key, file.string() + ": not an RSA key");
    }
    return key;
}

base::Result<std::vector<Certificate>> read_chain(const base::Path& file)
{
    const auto pem = base::read_file(file, max_certificate_file);
    if (!pem) return base::Error(errc::bad_certificate, pem.error().text());
    auto chain = Certificate::all_from_pem(*pem);
    if (!chain) return base::Error(chain.error().code, file.string() + ": " + chain.error().detail);
    return chain;
}

bool set_oaep(EVP_PKEY_CTX* context, Oaep oaep)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, native::digest(oaep.digest)) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, native::digest(oaep.mgf1)) == 1;
}

base::Error openssl_failed(const char* operation)
{
    return base::Error(errc::failed, std::string(operation) + ": " + native::error_queue_text());
}

// Returns the RSA key of a certificate, which still owns the key; null if the key is not RSA.
EVP_PKEY* rsa_key(const Certificate& certificate)
{
    return certificate.key_bits() > 0 ? X509_get0_pubkey(certificate.native()) : nullptr;
}

} // namespace

struct Signer::Key {
    native::Key native;
    std::vector<Certificate> chain;
};

base::Result<Signer>
Signer::from_files(const base::Path& key_file, const base::Path& certificate_file)
{
    auto key = read_key(key_file);
    if (!key) return key.error();
    auto chain = read_chain(certificate_file);
    if (!chain) return chain.error();
    if (X509_check_private_key(chain->front().native(), key->get()) != 1) {
        (void)native::error_queue_text();
        return base::Error(
            errc::key_mismatch, key_file.string() + " and " + certificate_file.string()
        );
    }
    return Signer(std::make_unique<Key>(Key{std::move(*key), std::move(*chain)}));
}

Signer::Signer(std::unique_ptr<Key> key) : key_(std::move(key)) {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

const Certificate& Signer::certificate() const
{
    return key_->chain.front();
}

const std::vector<Certificate>& Signer::chain() const
{
    return key_->chain;
}

base::Result<base::Bytes> Signer::sign_sha256(base::BytesView data) const
{
    EVP_PKEY* const key = key_->native.get();
    const native::DigestContext context(EVP_MD_CTX_new());
    base::Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t size = signature.size();
    const bool done =
        context &&
        EVP_DigestSignInit(context.get(), nullptr, native::digest(Hash::sha256), nullptr, key) ==
            1 &&
        EVP_DigestSign(
            context.get(), native::octets(signature), &size, native::octets(data), data.size()
        ) == 1;
    if (!done) return openssl_failed("RSA signature");
    signature.resize(size);
    return signature;
}

base::Result<Secret> Signer::decrypt(base::BytesView ciphertext, Oaep oaep) const
{
    EVP_PKEY* const key = key_->native.get();
    const native::KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    base::Bytes plain(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t size = plain.size();
    const bool done = context && EVP_PKEY_decrypt_init(context.get()) == 1 &&
                      set_oaep(context.get(), oaep) &&
                      EVP_PKEY_decrypt(
                          context.get(), native::octets(plain), &size, native::octets(ciphertext),
                          ciphertext.size()
                      ) == 1;
    // A Secret wipes the whole buffer, which is longer than the decrypted key.
    const Secret buffer(std::move(plain));
    if (!done) {
        (void)native::error_queue_text();
        return errc::decryption_failed;
    }
    return Secret(base::Bytes(buffer.view().substr(0, size)));
}

base::Result<>
verify_sha256(const Certificate& signer, base::BytesView data, base::BytesView signature)
{
    EVP_PKEY* const key = rsa_key(signer);
    if (key == nullptr) return base::Error(errc::bad_signature, "the signer's key is not RSA");
    const native::DigestContext context(EVP_MD_CTX_new());
    const bool valid =
        context &&
        EVP_DigestVerifyInit(context.get(), nullptr, native::digest(Hash::sha256), nullptr, key) ==
            1 &&
        EVP_DigestVerify(
            context.get(), native::octets(signature), signature.size(), native::octets(data),
            data.size()
        ) == 1;
    if (valid) return {};
    (void)native::error_queue_text();
    return errc::bad_signature;
}

base::Result<base::Bytes> encrypt(const Certificate& recipient, const Secret& key, Oaep oaep)
{
    EVP_PKEY* const public_key = rsa_key(recipient);
    if (public_key == nullptr) {
        return base::Error(errc::bad_certificate, "the recipient's key is not RSA");
    }
    const native::KeyContext context(EVP_PKEY_CTX_new(public_key, nullptr));
    base::Bytes cipher(static_cast<std::size_t>(EVP_PKEY_get_size(public_key)), '\0');
    std::size_t size = cipher.size();
    const bool done = context && EVP_PKEY_encrypt_init(context.get()) == 1 &&
                      set_oaep(context.get(), oaep) &&
                      EVP_PKEY_encrypt(
                          context.get(), native::octets(cipher), &size, native::octets(key.view()),
                          key.view().size()
                      ) == 1;
    if (!done) return openssl_failed("RSA-OAEP encryption");
    cipher.resize(size);
    return cipher;
}

} // namespace crypto
