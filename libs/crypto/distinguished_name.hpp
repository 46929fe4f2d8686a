// SPDX-License-Identifier: Apache-2.0
// X.500 names, decoded, to be compared with those in certificates.
#pragma once

#include "base/bytes.hpp"
#include "crypto/certificate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crypto {

// An attribute of a relative name.
struct NameAttribute {
    std::string type;                    // its OID, "2.5.4.3"
    std::string text;                    // the value in UTF-8, unless `ber` is there
    std::optional<base::Bytes> ber = {}; // the value with its tag and length
};
using RelativeName = std::vector<NameAttribute>; // several attributes: in any order

// The OID of an attribute type by the name that OpenSSL gives it, as written there
// ("jurisdictionL", "jurisdictionLocalityName"); "" for any other text.
std::string oid_of(const std::string& name);

class DistinguishedName {
public:
    // Nothing if an OID or a value cannot be, or without a relative name.
    static std::optional<DistinguishedName> make(const std::vector<RelativeName>& names);

    // [RFC 5280 7.1] same attributes, whatever the string type of their values. Case of ASCII
    // letters and runs of white space do not count, as when OpenSSL builds a chain. Relative names
    // may be in either direction: most are written as RFC 4514 has it, the last one first; some
    // programs write them in the order of the certificate.
    bool is_issuer_of(const Certificate& certificate) const;

private:
    struct Decoded;
    explicit DistinguishedName(std::shared_ptr<const Decoded> decoded)
        : decoded_(std::move(decoded))
    {
    }
    std::shared_ptr<const Decoded> decoded_;
};

} // namespace crypto
