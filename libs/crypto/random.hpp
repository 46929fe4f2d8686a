// SPDX-License-Identifier: Apache-2.0
// Random octets for keys and nonces.
#pragma once

#include "base/bytes.hpp"

namespace crypto {

base::Bytes random_bytes(std::size_t count); // stops the process if the generator fails

} // namespace crypto
