// SPDX-License-Identifier: Apache-2.0
// Random identifiers (UUIDs of RFC 4122 version 4) from the kernel's random number generator.
#pragma once

#include <string>
#include <string_view>

namespace base {

// Returns a new UUID in lower case: "0f1e…-…".
std::string uuid();
// Accepts any version, in upper or lower case.
bool is_uuid(std::string_view text);

} // namespace base
