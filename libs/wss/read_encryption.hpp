// SPDX-License-Identifier: Apache-2.0
// Reads xenc:EncryptedKey and xenc:EncryptedData of a wsse:Security. For wss's own files.
#pragma once

#include "wss/security_header.hpp"

#include <vector>

namespace wss {

struct EncryptionElements {
    std::vector<xml::Node> keys; // as found; one is wanted
    std::vector<xml::Node> data;
};
base::Result<Encryption> read_encryption(
    const xml::Document& document, xml::Node security, const EncryptionElements& elements,
    const Algorithms& allowed
);

} // namespace wss
