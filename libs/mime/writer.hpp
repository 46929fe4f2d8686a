// SPDX-License-Identifier: Apache-2.0
// Writes multipart/related as a stream: produces the text between the contents of the parts. All
// lengths are known in advance, so the message has a Content-Length.
#pragma once

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace mime {

class Writer {
public:
    // Chooses a new random boundary.
    Writer();
    // Returns the value of the HTTP Content-Type. [AS4 5.1.1] type= is the media type of the root
    // part, start= is its Content-ID.
    std::string content_type(std::string_view root_content_id) const;
    // Returns the text before the content of a part: the boundary line and the header fields
    // (Content-Transfer-Encoding binary).
    std::string before_part(std::string_view content_type, std::string_view content_id);
    // Returns the closing boundary.
    std::string after_last_part() const;

private:
    std::string boundary_;
    bool first_ = true;
};

} // namespace mime
