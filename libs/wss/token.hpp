// SPDX-License-Identifier: Apache-2.0
// Writes and reads token references (WS-Security X.509 token profile): ds:KeyInfo with its
// BinarySecurityToken. Only the forms of TokenReference are supported. Nothing that a message names
// is ever fetched (facts: attack 9).
#pragma once

#include "wss/security_header.hpp"

#include <string>
#include <vector>

namespace wss {

struct WrittenToken {
    // To be inserted into wsse:Security, before the reference. Empty if the form has no token.
    std::string binary_security_token;
    std::string key_info; // ds:KeyInfo
};

// Writes a reference to the first certificate of `chain`, the end entity's. A PKIPath holds the
// whole chain. The token and ds:KeyInfo use the prefixes ds, wsse and wsu, which must be in scope.
// errc::policy if `form` is subject_key_identifier and the certificate has no SubjectKeyIdentifier.
base::Result<WrittenToken>
write_token(TokenReference form, const std::vector<crypto::Certificate>& chain);

// Reads a reference from ds:KeyInfo. errc::policy if the form is not in `allowed`; errc::malformed
// if the content of a token does not match its type.
base::Result<KeyReference> read_token(
    const xml::Document& document, xml::Node security, xml::Node key_info,
    const std::vector<TokenReference>& allowed
);

} // namespace wss
