// SPDX-License-Identifier: Apache-2.0
// Detects the encoding of an XML document from its first octets [XML 1.0 appendix F].
#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace xml {

inline constexpr std::size_t max_declaration_length = 1024; // characters

struct Opening {
    std::size_t unit = 1;              // octets per character of the declaration: 1 or 2
    bool big_endian = false;           // for units of 2 octets
    std::size_t mark = 0;              // octets of the byte order mark
    std::string_view unsupported = {}; // name of an unsupported encoding
};
// `head` must have four octets or more, unless the document is shorter.
Opening opening_of(base::BytesView head);

struct Declaration {
    bool complete = false; // `head` has the whole declaration, or the document has none
    std::string encoding;  // "" = not declared
};
Declaration declaration_of(base::BytesView head, const Opening& opening);

// Tells whether the text is an EncName [XML 1.0 production 81].
bool is_encoding_name(std::string_view text);

} // namespace xml
