// SPDX-License-Identifier: Apache-2.0
// Reads xenc:EncryptedKey and xenc:EncryptedData of a wsse:Security. For internal use in wss.
#pragma once

#include "wss/security_header.hpp"

#include <vector>

namespace wss {

struct EncryptionElements {
    std::vector<xml::Node> keys; // all that were found; exactly one is valid
    std::vector<xml::Node> data;
};
// Checks the elements against the profile and `allowed`. errc::malformed, policy.
base::Result<Encryption> read_encryption(
    const xml::Document& document, xml::Node security, const EncryptionElements& elements,
    const Algorithms& allowed
);

} // namespace wss
