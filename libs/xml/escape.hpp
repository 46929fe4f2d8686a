// SPDX-License-Identifier: Apache-2.0
// Character data written in canonical form (C14N 1.0 2.3), so that what we write is already what
// gets hashed.
#pragma once

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace xml {

std::string escape_text(std::string_view text);      // & < > CR
std::string escape_attribute(std::string_view text); // & < " TAB LF CR
bool is_ncname(std::string_view text);
// Valid UTF-8 of characters that XML 1.0 allows; anything else must not reach a writer.
bool is_xml_text(std::string_view text);

} // namespace xml
