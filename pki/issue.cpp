// SPDX-License-Identifier: Apache-2.0
// Builds certificates with OpenSSL. Extensions are text in the syntax of openssl.cnf.
#include "pki/issue.hpp"

#include "crypto/random.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace pki {
namespace {

using crypto::errc;
namespace native = crypto::native;

base::Error failed(const char* what)
{
    return base::Error(errc::failed, std::string(what) + ": " + native::error_queue_text());
}

bool is_address(const std::string& text)
{
    const std::unique_ptr<ASN1_OCTET_STRING, native::Free<&ASN1_OCTET_STRING_free>> address(
        a2i_IPADDRESS(text.c_str())
    );
    (void)native::error_queue_text();
    return address != nullptr;
}

bool set_serial(X509* certificate)
{
    base::Bytes octets = crypto::random_bytes(16);
    // Make the number positive, and always 16 octets long.
    octets[0] = static_cast<char>((octets[0] & 0x3F) | 0x40);
    const native::BigNumber number(BN_bin2bn(native::octets(octets), 16, nullptr));
    return number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_name_part(X509_NAME* name, const char* field, const std::string& value)
{
    return X509_NAME_add_entry_by_txt(
               name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
               static_cast<int>(value.size()), -1, 0
           ) == 1;
}

bool set_name(X509* certificate, const std::string& common_name)
{
    X509_NAME* const name = X509_get_subject_name(certificate);
    return add_name_part(name, "C", "SE") && add_name_part(name, "O", "TEST ONLY") &&
           add_name_part(name, "CN", common_name);
}

bool set_validity(X509* certificate, base::Time from, base::Time to)
{
    const auto seconds = [](base::Time time) {
        return static_cast<std::time_t>(
            std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()
        );
    };
    return ASN1_TIME_adj(X509_getm_notBefore(certificate), seconds(from), 0, 0) != nullptr &&
           ASN1_TIME_adj(X509_getm_notAfter(certificate), seconds(to), 0, 0) != nullptr;
}

std::string alternative_names(const std::vector<std::string>& hosts)
{
    std::string text;
    for (const std::string& host : hosts) {
        if (!text.empty()) text += ',';
        text += (is_address(host) ? "IP:" : "DNS:") + host;
    }
    return text;
}

// Adds one extension. Adds none if the text is empty.
bool extend(X509* certificate, X509* issuer, int kind, const std::string& text)
{
    if (text.empty()) return true;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, native::Free<&X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, text.c_str())
    );
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool extend(X509* certificate, X509* issuer, const Profile& profile)
{
    const char* const constraints = profile.authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
    return extend(certificate, issuer, NID_basic_constraints, constraints) &&
           extend(certificate, issuer, NID_subject_key_identifier, "hash") &&
           extend(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
           extend(certificate, issuer, NID_key_usage, profile.key_usage) &&
           extend(certificate, issuer, NID_ext_key_usage, profile.extended_key_usage) &&
           extend(certificate, issuer, NID_subject_alt_name, alternative_names(profile.hosts));
}

} // namespace

base::Result<Identity> issue(const Profile& profile, const Identity* issuer)
{
    Identity made;
    made.key.reset(EVP_RSA_gen(static_cast<std::size_t>(profile.bits)));
    made.certificate.reset(X509_new());
    if (!made.key || !made.certificate) return failed("key");
    X509* const certificate = made.certificate.get();
    X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    EVP_PKEY* const signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();

    const bool filled = X509_set_version(certificate, X509_VERSION_3) == 1 &&
                        set_serial(certificate) && set_name(certificate, profile.common_name) &&
                        X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
                        set_validity(certificate, profile.not_before, profile.not_after) &&
                        X509_set_pubkey(certificate, made.key.get()) == 1;
    if (!filled) return failed("certificate");
    if (!extend(certificate, signer, profile)) return failed("extensions");
    if (X509_sign(certificate, signing_key, native::digest(crypto::Hash::sha256)) == 0) {
        return failed("signature of the certificate");
    }
    return made;
}

base::Result<Identity> read_identity(base::BytesView key_pem, base::BytesView certificate_pem)
{
    const native::Bio key = native::reader(key_pem);
    const native::Bio certificate = native::reader(certificate_pem);
    Identity read;
    read.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    if (!read.key) return base::Error(errc::bad_key, native::error_queue_text());
    read.certificate.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
    if (!read.certificate) return base::Error(errc::bad_certificate, native::error_queue_text());
    return read;
}

std::string key_pem(const Identity& identity)
{
    const native::Bio bio(BIO_new(BIO_s_secmem()));
    native::require(
        bio && PEM_write_bio_PKCS8PrivateKey(
                   bio.get(), identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr
               ) == 1,
        "PEM of a key"
    );
    return native::written(bio.get());
}

std::string certificate_pem(const Identity& identity)
{
    const native::Bio bio(BIO_new(BIO_s_mem()));
    native::require(
        bio && PEM_write_bio_X509(bio.get(), identity.certificate.get()) == 1,
        "PEM of a certificate"
    );
    return native::written(bio.get());
}

bool is_host(const std::string& text)
{
    if (is_address(text)) return true;
    constexpr const char* letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    return !text.empty() && text.size() <= 253 && text.front() != '-' &&
           text.find_first_not_of(letters) == std::string::npos;
}

} // namespace pki
