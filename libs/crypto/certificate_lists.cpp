// SPDX-License-Identifier: Apache-2.0
// Reads lists of certificates: PEM texts and PKIPath.
#include "crypto/certificate.hpp"
#include "crypto/native.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <string_view>

namespace crypto {
namespace {

constexpr std::size_t max_pem = 4 * 1024 * 1024;
constexpr std::size_t max_in_pem = 1000;
constexpr std::size_t max_in_path = 10;

base::Result<std::vector<Certificate>> read_pem(base::BytesView pem, std::size_t max)
{
    if (pem.size() > max_pem) return base::Error(errc::bad_certificate, "PEM text too large");
    const native::Bio bio = native::reader(pem);
    std::vector<Certificate> result;
    while (result.size() < max) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long size = 0;
        if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) break;
        const std::unique_ptr<char, native::FreeText> name_owner(name);
        const std::unique_ptr<char, native::FreeText> header_owner(header);
        const std::unique_ptr<unsigned char, native::FreeText> data_owner(data);
        // Skip other blocks, such as a private key in the same file.
        if (std::string_view(name) != PEM_STRING_X509) continue;
        auto certificate = Certificate::from_der(
            base::BytesView(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size))
        );
        if (!certificate) return certificate.error();
        result.push_back(std::move(*certificate));
    }
    // At the end of the text, PEM_read_bio fails with NO_START_LINE. Any other failure is a broken
    // block, which must not pass as the end.
    const unsigned long last = ERR_peek_last_error();
    (void)native::error_queue_text();
    if (last != 0 && ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
        return base::Error(errc::bad_certificate, "broken PEM text");
    }
    if (result.empty()) return base::Error(errc::bad_certificate, "no certificate in the PEM text");
    return result;
}

// A DER SEQUENCE: with its header, and the contents alone.
struct Sequence {
    base::BytesView whole;
    base::BytesView contents;
};
// Removes the DER SEQUENCE at the front of `octets` and returns it.
base::Result<Sequence> take_sequence(base::BytesView& octets)
{
    const unsigned char* position = native::octets(octets);
    long length = 0;
    int tag = 0;
    int tag_class = 0;
    const int kind =
        ASN1_get_object(&position, &length, &tag, &tag_class, static_cast<long>(octets.size()));
    (void)native::error_queue_text();
    // Bit 0x80 means an error. V_ASN1_CONSTRUCTED alone means a definite length.
    if (kind != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE || tag_class != V_ASN1_UNIVERSAL) {
        return base::Error(errc::bad_certificate, "not a PKIPath");
    }
    const auto header = static_cast<std::size_t>(position - native::octets(octets));
    const auto size = static_cast<std::size_t>(length);
    const Sequence sequence{octets.substr(0, header + size), octets.substr(header, size)};
    octets.remove_prefix(header + size);
    return sequence;
}

} // namespace

base::Result<Certificate> Certificate::from_pem(base::BytesView pem)
{
    auto certificates = read_pem(pem, 1);
    if (!certificates) return certificates.error();
    return std::move(certificates->front());
}

base::Result<std::vector<Certificate>> Certificate::all_from_pem(base::BytesView pem)
{
    return read_pem(pem, max_in_pem);
}

base::Result<std::vector<Certificate>> certificates_from_pkipath(base::BytesView der)
{
    const auto path = take_sequence(der);
    if (!path) return path.error();
    if (!der.empty()) return base::Error(errc::bad_certificate, "octets behind the PKIPath");
    std::vector<Certificate> result;
    base::BytesView left = path->contents;
    while (!left.empty()) {
        if (result.size() == max_in_path)
            return base::Error(errc::bad_certificate, "PKIPath too long");
        const auto element = take_sequence(left);
        if (!element) return element.error();
        auto certificate = Certificate::from_der(element->whole);
        if (!certificate) return certificate.error();
        result.push_back(std::move(*certificate));
    }
    if (result.empty()) return base::Error(errc::bad_certificate, "empty PKIPath");
    return result;
}

} // namespace crypto
