// SPDX-License-Identifier: Apache-2.0
// Token references (WS-Security X.509 token profile): ds:KeyInfo with its BinarySecurityToken,
// written and read. Only the forms of TokenReference exist here; nothing a message names is ever
// fetched (facts: attack 9).
#pragma once

#include "wss/security_header.hpp"

#include <string>
#include <vector>

namespace wss {

struct WrittenToken {
    std::string binary_security_token; // for wsse:Security, before the reference; empty if the form
                                       // has none
    std::string key_info;              // ds:KeyInfo
};

// Both use the prefixes ds, wsse and wsu, which must be in scope. `chain` has the end entity first
// and goes whole into a PKIPath. errc::policy if the certificate has no SubjectKeyIdentifier and
// that form is wanted.
base::Result<WrittenToken>
write_token(TokenReference form, const std::vector<crypto::Certificate>& chain);

// errc::policy for a form that is none of `allowed`, errc::malformed for a token that is not what
// it says.
base::Result<KeyReference> read_token(
    const xml::Document& document, xml::Node security, xml::Node key_info,
    const std::vector<TokenReference>& allowed
);

} // namespace wss
