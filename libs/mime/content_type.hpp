// SPDX-License-Identifier: Apache-2.0
// The Content-Type header field (RFC 2045 5.1, RFC 9110 8.3), and Content-Disposition of forms.
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

// errc::bad_content_type: no "/", a broken quoted string, a parameter twice.
base::Result<ContentType> parse_content_type(std::string_view text);

// The name of a form's field, from its Content-Disposition (RFC 7578 4.2); "" if it has none.
std::string form_name(std::string_view disposition);

} // namespace mime
