// SPDX-License-Identifier: Apache-2.0
// The supported character encodings of XML documents, and their names in the IANA registry.
#pragma once

#include <optional>
#include <string_view>

namespace xml {

enum class Encoding { utf_8, us_ascii, iso_8859_1, windows_1252, utf_16, utf_16le, utf_16be };

// Finds an encoding by any name or alias of the IANA registry, in upper or lower case. Also accepts
// names that XML writers use but the registry does not have ("ASCII", "UTF8", "CP1252"). Returns
// nothing for an unsupported encoding.
std::optional<Encoding> encoding_named(std::string_view name);

// Returns the preferred name of the encoding.
std::string_view to_text(Encoding encoding);

// For error messages.
inline constexpr std::string_view readable_encodings =
    "UTF-8, UTF-16, US-ASCII, ISO-8859-1 and windows-1252";

} // namespace xml
