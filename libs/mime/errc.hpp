// SPDX-License-Identifier: Apache-2.0
// Errors of mime.
#pragma once

#include "base/errc.hpp"

namespace mime {

enum class errc {
    bad_content_type = 1, // not a media type, or one without the parameters it needs
    broken,    // not a multipart: no boundary line, a header that is none, data after a nested one
    truncated, // the closing boundary never came
    limit,     // parts, header octets or line length above the limits
    encoding,  // a Content-Transfer-Encoding other than binary, 8bit, 7bit
};
const char* text(errc code);

} // namespace mime

KURIR_ERROR_CODES(mime)
