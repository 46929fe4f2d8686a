// SPDX-License-Identifier: Apache-2.0
// The text of each error code of the mime library.
#include "mime/errc.hpp"

namespace mime {

const char* text(errc code)
{
    switch (code) {
    case errc::bad_content_type:
        return "bad Content-Type";
    case errc::broken:
        return "broken MIME multipart";
    case errc::truncated:
        return "MIME multipart without its closing boundary";
    case errc::limit:
        return "MIME multipart over a limit";
    case errc::encoding:
        return "Content-Transfer-Encoding not allowed";
    }
    return "unknown error of mime";
}

} // namespace mime
