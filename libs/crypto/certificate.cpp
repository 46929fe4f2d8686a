// SPDX-License-Identifier: Apache-2.0
// Reads certificates from DER. Anything but exactly one certificate in DER is refused. Parsing
// extracts the values for logs and checks once, because a peer's certificate comes with every
// message.
#include "crypto/certificate.hpp"

#include "crypto/certificate_cache.hpp"
#include "crypto/digest.hpp"
#include "crypto/native.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <optional>

namespace crypto {
namespace {

constexpr std::size_t max_der = 64 * 1024;
// Octets of the largest certificate that stays in the cache. A hostile certificate takes ten times
// its size once it is parsed. Strangers can fill the cache, because certificates are parsed before
// their trust is judged.
constexpr std::size_t max_kept_der = 4 * 1024;
// In octets. The time to write a serial number in decimal grows with the square of its length.
constexpr int max_serial = 64;
// Octets of a name in described(). A peer chooses its own name, so the length must be limited.
constexpr std::size_t max_described = 200;
// The time of a verification grows with the square of the key size.
constexpr int max_key_bits = 8192;

base::Bytes octets_of(const ASN1_STRING* string)
{
    if (string == nullptr) return {};
    const unsigned char* const data = ASN1_STRING_get0_data(string);
    return base::Bytes(
        reinterpret_cast<const char*>(data), static_cast<std::size_t>(ASN1_STRING_length(string))
    );
}

std::string name_text(const X509_NAME* name)
{
    const native::Bio bio(BIO_new(BIO_s_mem()));
    native::require(bio != nullptr, "memory BIO");
    constexpr unsigned long readable =
        XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    X509_NAME_print_ex(bio.get(), name, 0, readable);
    return native::written(bio.get());
}

// Returns the keyword that RFC 2253 2.3 defines for an attribute type, or the OID if there is no
// keyword.
std::string attribute_type(const ASN1_OBJECT* type)
{
    for (const int known :
         {NID_commonName, NID_localityName, NID_stateOrProvinceName, NID_organizationName,
          NID_organizationalUnitName, NID_countryName, NID_streetAddress, NID_domainComponent,
          NID_userId}) {
        if (OBJ_obj2nid(type) == known)
            return known == NID_streetAddress ? "STREET" : OBJ_nid2sn(known);
    }
    std::array<char, 128> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), type, 1);
    return oid.data();
}

// Writes a name strictly by [RFC 2253 2], as Java writes and reads names. A type without a keyword
// in RFC 2253 is written as its OID, with the value's DER in hexadecimal. OpenSSL's own text has
// keywords that other programs do not know.
std::string strict_name_text(const X509_NAME* name)
{
    const native::Bio bio(BIO_new(BIO_s_mem()));
    native::require(bio != nullptr, "memory BIO");
    std::string text;
    int last_set = -1;
    // RFC 2253 puts the last relative name first, so each new one is inserted at the front. `begin`
    // is the offset in `text` where the relative name at the front ends. Further attributes of that
    // name are inserted there.
    std::size_t begin = 0;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
        const std::string type = attribute_type(X509_NAME_ENTRY_get_object(entry));
        const bool keyword = type.find('.') == std::string::npos;
        constexpr unsigned long readable =
            ASN1_STRFLGS_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
        constexpr unsigned long dumped = ASN1_STRFLGS_DUMP_ALL | ASN1_STRFLGS_DUMP_DER;
        BIO_reset(bio.get());
        ASN1_STRING_print_ex(
            bio.get(), X509_NAME_ENTRY_get_data(entry), keyword ? readable : dumped
        );
        const std::string pair = type + "=" + native::written(bio.get());
        const bool joined = i > 0 && X509_NAME_ENTRY_set(entry) == last_set;
        last_set = X509_NAME_ENTRY_set(entry);
        if (joined) {
            text.insert(begin, "+" + pair);
            begin += pair.size() + 1;
        } else {
            text.insert(0, text.empty() ? pair : pair + ",");
            begin = pair.size();
        }
    }
    return text;
}

std::string last_common_name(const X509_NAME* name)
{
    int last = -1;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;)
        last = i;
    if (last < 0) return {};
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, value);
    const std::unique_ptr<unsigned char, native::FreeText> owner(utf8);
    if (length < 0) return {};
    return std::string(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
}

std::optional<base::Time> time_of(const ASN1_TIME* time)
{
    std::tm parts = {};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return base::Time(std::chrono::seconds(timegm(&parts)));
}

base::Error refused(const char* reason)
{
    (void)native::error_queue_text();
    return base::Error(errc::bad_certificate, reason);
}

// [X.690 10] Returns whether the octets are exactly the DER of the certificate that was read from
// them. The check excludes a second encoding of the same certificate, and octets after the
// certificate.
bool is_der_of(base::BytesView octets, X509* x509)
{
    unsigned char* encoded = nullptr;
    const int length = i2d_X509(x509, &encoded);
    const std::unique_ptr<unsigned char, native::FreeText> owner(encoded);
    return length > 0 &&
           base::BytesView(
               reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)
           ) == octets;
}

} // namespace

struct Certificate::Parsed {
    base::Bytes der;
    native::CertificateOwner x509;
    base::Bytes fingerprint;
    std::string subject;
    std::string common_name;
    base::Bytes subject_key_identifier;
    base::Time not_before;
    base::Time not_after;
    int key_bits = 0;

    static base::Result<std::shared_ptr<const Parsed>>
    from(base::BytesView der, base::Bytes digest);
};

base::Result<std::shared_ptr<const Certificate::Parsed>>
Certificate::Parsed::from(base::BytesView der, base::Bytes digest)
{
    const unsigned char* position = native::octets(der);
    native::CertificateOwner x509(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
    if (!x509) return refused("not an X.509 certificate");
    if (!is_der_of(der, x509.get())) return refused("not in DER, or more than one certificate");
    if (ASN1_STRING_length(X509_get0_serialNumber(x509.get())) > max_serial) {
        return refused("serial number too long");
    }
    EVP_PKEY* const key = X509_get0_pubkey(x509.get());
    if (key == nullptr) return refused("unknown kind of public key");
    const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    if (rsa && EVP_PKEY_get_bits(key) > max_key_bits) return refused("RSA key too large");
    const auto not_before = time_of(X509_get0_notBefore(x509.get()));
    const auto not_after = time_of(X509_get0_notAfter(x509.get()));
    if (!not_before || !not_after) return refused("unreadable time of validity");
    // OpenSSL parses the extensions on first use and stores them in the object. Do that here, so
    // that no later use writes to the shared object.
    X509_check_purpose(x509.get(), -1, 0);

    auto parsed = std::make_shared<Parsed>();
    parsed->der = der;
    parsed->fingerprint = std::move(digest);
    parsed->subject = name_text(X509_get_subject_name(x509.get()));
    parsed->common_name = last_common_name(X509_get_subject_name(x509.get()));
    parsed->subject_key_identifier = octets_of(X509_get0_subject_key_id(x509.get()));
    parsed->not_before = *not_before;
    parsed->not_after = *not_after;
    parsed->key_bits = rsa ? EVP_PKEY_get_bits(key) : 0;
    parsed->x509 = std::move(x509);
    (void)native::error_queue_text();
    return std::shared_ptr<const Parsed>(std::move(parsed));
}

base::Result<Certificate> Certificate::from_der(base::BytesView der)
{
    // The cache is never destroyed, because OpenSSL's exit handlers may run before our static
    // destructors.
    static auto& cache = *new RecentlySeen<const Parsed>(256);
    if (der.empty() || der.size() > max_der) return refused("size");
    base::Bytes digest = sha256(der);
    if (auto known = cache.find(digest)) return Certificate(std::move(known));
    auto parsed = Parsed::from(der, digest);
    if (!parsed) return parsed.error();
    if (der.size() <= max_kept_der) cache.keep(digest, *parsed);
    return Certificate(std::move(*parsed));
}

const base::Bytes& Certificate::der() const
{
    return parsed_->der;
}
const base::Bytes& Certificate::fingerprint() const
{
    return parsed_->fingerprint;
}
const std::string& Certificate::subject() const
{
    return parsed_->subject;
}
const std::string& Certificate::common_name() const
{
    return parsed_->common_name;
}
base::Time Certificate::not_before() const
{
    return parsed_->not_before;
}
base::Time Certificate::not_after() const
{
    return parsed_->not_after;
}
int Certificate::key_bits() const
{
    return parsed_->key_bits;
}
X509* Certificate::native() const
{
    return parsed_->x509.get();
}

const base::Bytes& Certificate::subject_key_identifier() const
{
    return parsed_->subject_key_identifier;
}

std::string Certificate::pem() const
{
    const native::Bio bio(BIO_new(BIO_s_mem()));
    native::require(bio && PEM_write_bio_X509(bio.get(), native()) == 1, "PEM");
    return native::written(bio.get());
}

std::string Certificate::issuer() const
{
    return strict_name_text(X509_get_issuer_name(native()));
}

std::string Certificate::serial() const
{
    const native::BigNumber number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(native()), nullptr));
    native::require(number != nullptr, "serial number");
    const std::unique_ptr<char, native::FreeText> decimal(BN_bn2dec(number.get()));
    native::require(decimal != nullptr, "serial number");
    return decimal.get();
}

std::string described(const Certificate& certificate)
{
    const native::BigNumber number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.native()), nullptr)
    );
    native::require(number != nullptr, "serial number");
    const std::unique_ptr<char, native::FreeText> serial(BN_bn2hex(number.get()));
    native::require(serial != nullptr, "serial number");
    return certificate.subject().substr(0, max_described) + ", issued by " +
           certificate.issuer().substr(0, max_described) + ", serial 0x" + serial.get() +
           ", valid from " + base::to_text(certificate.not_before()) + " to " +
           base::to_text(certificate.not_after());
}

} // namespace crypto
