// SPDX-License-Identifier: Apache-2.0
// What the first octets of an XML document say of its encoding [XML 1.0 appendix F].
#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace xml {

inline constexpr std::size_t max_declaration_length = 1024; // characters

struct Opening {
    std::size_t unit = 1;              // octets of a character of the declaration
    bool big_endian = false;           // of a unit of two
    std::size_t mark = 0;              // octets of the byte order mark
    std::string_view unsupported = {}; // the name of what is not read
};
Opening opening_of(base::BytesView head); // of four octets or more, unless there are no more

struct Declaration {
    bool complete = false; // it is all there, or there is none
    std::string encoding;  // "" = not told
};
Declaration declaration_of(base::BytesView head, const Opening& opening);

bool is_encoding_name(std::string_view text); // [XML 1.0 production 81]

} // namespace xml
