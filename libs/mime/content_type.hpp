// SPDX-License-Identifier: Apache-2.0
// Parsers for the header fields Content-Type (RFC 2045 5.1, RFC 9110 8.3) and Content-Disposition
// (of forms).
#pragma once

#include "base/bytes.hpp"
#include "mime/errc.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mime {

struct ContentType {
    std::string type;                              // "multipart/related", lower case
    std::map<std::string, std::string> parameters; // names in lower case; values unquoted
    std::optional<std::string> parameter(const std::string& name) const;
};

// errc::bad_content_type if there is no "/", a malformed parameter or quoted string, a duplicate
// parameter or a control character, or if the text is longer than 4 KB.
base::Result<ContentType> parse_content_type(std::string_view text);

// Returns the name of a form's field from its Content-Disposition (RFC 7578 4.2), or "" if there is
// none.
std::string form_name(std::string_view disposition);

} // namespace mime
