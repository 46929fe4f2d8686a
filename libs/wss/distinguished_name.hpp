// SPDX-License-Identifier: Apache-2.0
// Reads ds:X509IssuerName [XMLDSig 4.5.4.1]: the text of an X.500 name. Programs write one name in
// many ways: other keywords, OIDs, quotes, escapes, hexadecimal values.
#pragma once

#include "crypto/distinguished_name.hpp"

#include <optional>
#include <string_view>

namespace wss {

// Text by RFC 4514, RFC 2253 or RFC 1779, and as Windows writes it (quotes doubled inside of
// quotes). Nothing for any other text, for a keyword that is not known, and above 4096 octets.
std::optional<crypto::DistinguishedName> read_name(std::string_view text);

} // namespace wss
