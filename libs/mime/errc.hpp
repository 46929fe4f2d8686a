// SPDX-License-Identifier: Apache-2.0
// Error codes of the mime library.
#pragma once

#include "base/errc.hpp"

namespace mime {

enum class errc {
    // The Content-Type is not a media type, or a required parameter is missing or invalid.
    bad_content_type = 1,
    // The multipart is malformed: for example no boundary line, or an invalid header field.
    broken,
    // The closing boundary is missing.
    truncated,
    // The number of parts, the header octets or the line length exceed a limit.
    limit,
    // The Content-Transfer-Encoding is not binary, 8bit or 7bit.
    encoding,
};
const char* text(errc code);

} // namespace mime

KURIR_ERROR_CODES(mime)
