// SPDX-License-Identifier: Apache-2.0
// The text between the parts of an outgoing multipart/related (RFC 2387, RFC 2046 5.1.1).
#include "mime/writer.hpp"

#include "base/id.hpp"

#include <algorithm>
#include <cassert>

namespace mime {
namespace {

// Detects header injection: a line break in a value would let its author add a header field. Used
// only in assertions, because callers have already checked the values.
bool fits_header(std::string_view value)
{
    return std::none_of(value.begin(), value.end(), [](char c) {
        return c == '\r' || c == '\n' || c == '\0';
    });
}

} // namespace

Writer::Writer() : boundary_("kurir-" + base::uuid()) {}

std::string Writer::content_type(std::string_view root_content_id) const
{
    assert(
        fits_header(root_content_id) &&
        root_content_id.find_first_of("\"\\") == std::string_view::npos
    );
    return "multipart/related; boundary=\"" + boundary_ +
           "\"; type=\"application/soap+xml\"; start=\"<" + std::string(root_content_id) + ">\"";
}

std::string Writer::before_part(std::string_view content_type, std::string_view content_id)
{
    assert(fits_header(content_type) && fits_header(content_id));
    std::string text = first_ ? "--" : "\r\n--";
    first_ = false;
    text += boundary_;
    text += "\r\nContent-Type: ";
    text += content_type;
    text += "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <";
    text += content_id;
    text += ">\r\n\r\n";
    return text;
}

std::string Writer::after_last_part() const
{
    return "\r\n--" + boundary_ + "--\r\n";
}

} // namespace mime
