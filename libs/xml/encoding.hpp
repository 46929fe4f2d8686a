// SPDX-License-Identifier: Apache-2.0
// Character encodings of XML documents: the names they have in the IANA registry, and the ones that
// are read here.
#pragma once

#include <optional>
#include <string_view>

namespace xml {

enum class Encoding { utf_8, us_ascii, iso_8859_1, windows_1252, utf_16, utf_16le, utf_16be };

// By any name or alias of the IANA registry, in either case, and by the names that XML writers use
// beside it ("ASCII", "UTF8", "CP1252"). Nothing for an encoding that is not read here.
std::optional<Encoding> encoding_named(std::string_view name);

std::string_view to_text(Encoding encoding); // the preferred name

// For messages to people.
inline constexpr std::string_view readable_encodings =
    "UTF-8, UTF-16, US-ASCII, ISO-8859-1 and windows-1252";

} // namespace xml
