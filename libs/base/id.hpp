// SPDX-License-Identifier: Apache-2.0
// Random identifiers (RFC 4122 version 4, from the kernel's generator).
#pragma once

#include <string>
#include <string_view>

namespace base {

std::string uuid();                  // "0f1e…-…", lower case
bool is_uuid(std::string_view text); // any version, either case

} // namespace base
