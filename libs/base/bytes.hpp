// SPDX-License-Identifier: Apache-2.0
// Octets and their text forms. Octet strings travel as std::string: every library below us
// (libxml2, SQLite, Beast) takes char, and one type for text and octets saves a cast at each
// border.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace base {

using Bytes = std::string;
using BytesView = std::string_view;

// RFC 4648 base64 without line breaks.
std::string base64(BytesView octets);
// Reads base64; XML white space between the characters is skipped (xsd:base64Binary).
// errc::bad_format otherwise.
Result<Bytes> from_base64(std::string_view text);
// Lower-case hexadecimal.
std::string hex(BytesView octets);
Result<Bytes> from_hex(std::string_view text);

// Compares without revealing where the first difference is. Lengths are not secret.
bool equal_constant_time(BytesView a, BytesView b);

// ASCII only, as HTTP, MIME and URI schemes compare.
bool iequals(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
std::string_view trim(std::string_view text); // removes space, tab, CR and LF at both ends

// RFC 3986 percent-decoding; a broken escape stays as it is.
std::string percent_decode(std::string_view text);
// Every octet but the unreserved characters of RFC 3986 2.3.
std::string percent_encode(std::string_view text);

} // namespace base
