// SPDX-License-Identifier: Apache-2.0
// multipart/related written as a stream: the text between the parts' contents. All lengths are
// known beforehand, so the whole has a Content-Length.
#pragma once

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace mime {

class Writer {
public:
    Writer(); // a fresh random boundary
    // Value of the HTTP Content-Type. [AS4 5.1.1] type= is the root part's media type; start= names
    // it.
    std::string content_type(std::string_view root_content_id) const;
    // What stands before a part's content: the boundary line and its header fields
    // (Content-Transfer-Encoding binary).
    std::string before_part(std::string_view content_type, std::string_view content_id);
    std::string after_last_part() const;

private:
    std::string boundary_;
    bool first_ = true;
};

} // namespace mime
