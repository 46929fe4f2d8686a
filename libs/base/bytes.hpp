// SPDX-License-Identifier: Apache-2.0
// Octets and their text forms. Octet strings are std::string, because the libraries used here
// (libxml2, SQLite, Beast) take char. One type for text and octets avoids casts.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace base {

using Bytes = std::string;
using BytesView = std::string_view;

// RFC 4648 base64 without line breaks.
std::string base64(BytesView octets);
// Decodes base64. Skips XML white space between the characters (xsd:base64Binary). errc::bad_format
// for any other character, for wrong padding, and if unused bits are not zero.
Result<Bytes> from_base64(std::string_view text);
// Returns lower-case hexadecimal digits.
std::string hex(BytesView octets);
// Decodes hexadecimal digits in upper or lower case. errc::bad_format otherwise.
Result<Bytes> from_hex(std::string_view text);

// Compares in a time that does not reveal the position of the first difference. The time may reveal
// that the lengths differ.
bool equal_constant_time(BytesView a, BytesView b);

// Compares and converts ASCII letters only, as HTTP, MIME and URI schemes require.
bool iequals(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
// Removes space, tab, CR and LF at both ends.
std::string_view trim(std::string_view text);

// Decodes percent-encoding (RFC 3986). Leaves an invalid escape unchanged.
std::string percent_decode(std::string_view text);
// Encodes every octet except the unreserved characters of RFC 3986 2.3.
std::string percent_encode(std::string_view text);

} // namespace base
