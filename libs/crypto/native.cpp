// SPDX-License-Identifier: Apache-2.0
// Common helpers for OpenSSL: algorithms fetched once, memory BIOs, the error queue.
#include "crypto/native.hpp"

#include "base/log.hpp"

#include <openssl/err.h>

#include <array>
#include <cstdlib>
#include <limits>

namespace crypto::native {

std::string error_queue_text()
{
    std::string text;
    std::array<char, 256> line{};
    while (const unsigned long code = ERR_get_error()) {
        ERR_error_string_n(code, line.data(), line.size());
        if (!text.empty()) text += "; ";
        text += line.data();
    }
    return text;
}

void require(bool succeeded, const char* operation)
{
    if (succeeded) return;
    base::log(
        base::Level::error, "openssl_broken",
        {{"operation", operation}, {"detail", error_queue_text()}}
    );
    std::abort();
}

// The fetched algorithms are never freed, because OpenSSL's exit handlers may run before our static
// destructors.
const EVP_MD* digest(Hash hash)
{
    static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    const EVP_MD* const chosen = hash == Hash::sha1 ? sha1 : sha256;
    require(chosen != nullptr, "fetch digest");
    return chosen;
}

const EVP_CIPHER* aes_128_gcm()
{
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
    require(cipher != nullptr, "fetch AES-128-GCM");
    return cipher;
}

std::optional<Certificate> copy_of(X509* certificate)
{
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(certificate, &encoded);
    const std::unique_ptr<unsigned char, FreeText> owner(encoded);
    if (size <= 0) return std::nullopt;
    const base::BytesView der(
        reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size)
    );
    auto copy = Certificate::from_der(der);
    if (!copy) return std::nullopt;
    return std::move(*copy);
}

Bio reader(base::BytesView view)
{
    require(view.size() <= std::size_t{std::numeric_limits<int>::max()}, "memory BIO size");
    Bio bio(BIO_new_mem_buf(view.data(), static_cast<int>(view.size())));
    require(bio != nullptr, "memory BIO");
    return bio;
}

std::string written(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

} // namespace crypto::native
