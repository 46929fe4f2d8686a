// SPDX-License-Identifier: Apache-2.0
// Escapes character data as the canonical form does (C14N 1.0 2.3), so that written documents are
// already in the form that is hashed.
#pragma once

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace xml {

// Escapes & < > and CR.
std::string escape_text(std::string_view text);
// Escapes & < " TAB LF and CR.
std::string escape_attribute(std::string_view text);
bool is_ncname(std::string_view text);
// Tells whether the text is valid UTF-8 and has only characters that XML 1.0 allows. A writer must
// not write other text.
bool is_xml_text(std::string_view text);

} // namespace xml
