// SPDX-License-Identifier: Apache-2.0
// Reads ds:X509IssuerName [XMLDSig 4.5.4.1]: the text of an X.500 name. Programs write the same
// name in many ways, with different keywords, OIDs, quotes, escapes or hexadecimal values.
#pragma once

#include "crypto/distinguished_name.hpp"

#include <optional>
#include <string_view>

namespace wss {

// Reads a name written by RFC 4514, RFC 2253 or RFC 1779, or as Windows writes names (quotes are
// doubled inside quotes). Returns nothing for any other text, for an unknown keyword, and for more
// than 4096 octets or 64 attributes.
std::optional<crypto::DistinguishedName> read_name(std::string_view text);

} // namespace wss
