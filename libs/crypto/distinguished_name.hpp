// SPDX-License-Identifier: Apache-2.0
// Decoded X.500 names, for comparison with the names in certificates.
#pragma once

#include "base/bytes.hpp"
#include "crypto/certificate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crypto {

// One attribute of a relative distinguished name.
struct NameAttribute {
    std::string type;                    // OID, such as "2.5.4.3"
    std::string text;                    // the value in UTF-8; not used if `ber` is set
    std::optional<base::Bytes> ber = {}; // the value in BER, with tag and length
};
// A relative distinguished name. The order of its attributes has no meaning.
using RelativeName = std::vector<NameAttribute>;

// Returns the OID of an attribute type for OpenSSL's short or long name of that type
// ("jurisdictionL", "jurisdictionLocalityName"). Upper and lower case must match. Returns "" for
// any other text.
std::string oid_of(const std::string& name);

class DistinguishedName {
public:
    // Returns nothing if an OID or a value is not valid, or if `names` is empty.
    static std::optional<DistinguishedName> make(const std::vector<RelativeName>& names);

    // [RFC 5280 7.1] Returns whether the issuer name of `certificate` has the same attributes,
    // whatever the string type of their values. The comparison ignores the case of ASCII letters
    // and the length of runs of white space, as OpenSSL does when it builds a chain. The relative
    // names may be in either order: most programs write the last one first (RFC 4514), some keep
    // the order of the certificate.
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
