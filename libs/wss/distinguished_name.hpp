// SPDX-License-Identifier: Apache-2.0
// Compares X.500 names in RFC 2253 text. Products write the same name in several ways: spaces after
// commas, keywords in either case, OIDs with hexadecimal values for what others have a keyword for.
#pragma once

#include <string_view>

namespace wss {

// Same attributes and values in the same order. False also for text that is no such name.
bool same_name(std::string_view a, std::string_view b);

} // namespace wss
