// SPDX-License-Identifier: Apache-2.0
// X.500 names as OpenSSL objects. OpenSSL compares a canonical form of the names, in which equal
// names have equal octets.
#include "crypto/distinguished_name.hpp"

#include "crypto/native.hpp"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include <array>
#include <utility>

namespace crypto {
namespace {

using Name = std::unique_ptr<X509_NAME, native::Free<&X509_NAME_free>>;
using Entry = std::unique_ptr<X509_NAME_ENTRY, native::Free<&X509_NAME_ENTRY_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, native::Free<&ASN1_OBJECT_free>>;
using Value = std::unique_ptr<ASN1_TYPE, native::Free<&ASN1_TYPE_free>>;

// Returns whether OpenSSL stores a value of this ASN.1 type as an ASN1_STRING.
bool is_string(int type)
{
    return type != V_ASN1_BOOLEAN && type != V_ASN1_NULL && type != V_ASN1_OBJECT;
}

bool set_ber(X509_NAME_ENTRY* entry, const base::Bytes& ber)
{
    const unsigned char* position = native::octets(base::BytesView(ber));
    const unsigned char* const end = position + ber.size();
    const Value value(d2i_ASN1_TYPE(nullptr, &position, static_cast<long>(ber.size())));
    return value && position == end && is_string(ASN1_TYPE_get(value.get())) &&
           ASN1_STRING_copy(X509_NAME_ENTRY_get_data(entry), value->value.asn1_string) == 1;
}

bool set_text(X509_NAME_ENTRY* entry, const std::string& text)
{
    const auto* const octets = native::octets(base::BytesView(text));
    const int size = static_cast<int>(text.size());
    // Set the value without the NID. OpenSSL's table of NIDs limits the length of some values, and
    // real certificates exceed these limits.
    return X509_NAME_ENTRY_set_data(entry, V_ASN1_UTF8STRING, octets, size) == 1;
}

enum class Joined { no, yes };

bool add(X509_NAME* name, const NameAttribute& attribute, Joined joined)
{
    const Object type(OBJ_txt2obj(attribute.type.c_str(), 1));
    const Entry entry(X509_NAME_ENTRY_new());
    native::require(entry != nullptr, "name");
    if (!type || X509_NAME_ENTRY_set_object(entry.get(), type.get()) != 1) return false;
    const bool valued = attribute.ber ? set_ber(entry.get(), *attribute.ber)
                                      : set_text(entry.get(), attribute.text);
    return valued &&
           X509_NAME_add_entry(name, entry.get(), -1, joined == Joined::yes ? -1 : 0) == 1;
}

// Returns null if an attribute is not valid, or if there is none.
template <class Iterator> Name name_of(Iterator begin, Iterator end)
{
    Name name(X509_NAME_new());
    native::require(name != nullptr, "name");
    for (auto relative = begin; relative != end; ++relative) {
        auto joined = Joined::no;
        for (const auto& attribute : *relative) {
            if (!add(name.get(), attribute, joined)) return nullptr;
            joined = Joined::yes;
        }
    }
    // i2d_X509_NAME makes the canonical form. Make it here: otherwise a comparison would make it,
    // while other threads may use the name.
    if (X509_NAME_entry_count(name.get()) == 0 || i2d_X509_NAME(name.get(), nullptr) < 0)
        return nullptr;
    return name;
}

} // namespace

std::string oid_of(const std::string& name)
{
    const int short_name = OBJ_sn2nid(name.c_str());
    const int nid = short_name == NID_undef ? OBJ_ln2nid(name.c_str()) : short_name;
    (void)native::error_queue_text();
    if (nid == NID_undef) return {};
    std::array<char, 128> oid{};
    const int size = OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), OBJ_nid2obj(nid), 1);
    const bool whole = size > 0 && static_cast<std::size_t>(size) < oid.size();
    return whole ? oid.data() : std::string();
}

struct DistinguishedName::Decoded {
    Name reversed; // if the text has the last relative name first (RFC 4514)
    Name as_written;
};

std::optional<DistinguishedName> DistinguishedName::make(const std::vector<RelativeName>& names)
{
    Decoded decoded{name_of(names.rbegin(), names.rend()), name_of(names.begin(), names.end())};
    (void)native::error_queue_text();
    if (!decoded.reversed || !decoded.as_written) return std::nullopt;
    return DistinguishedName(std::make_shared<const Decoded>(std::move(decoded)));
}

bool DistinguishedName::is_issuer_of(const Certificate& certificate) const
{
    const X509_NAME* const issuer = X509_get_issuer_name(certificate.native());
    return X509_NAME_cmp(decoded_->reversed.get(), issuer) == 0 ||
           X509_NAME_cmp(decoded_->as_written.get(), issuer) == 0;
}

} // namespace crypto
