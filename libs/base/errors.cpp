// SPDX-License-Identifier: Apache-2.0
// The text of each error code of the base library.
#include "base/errors.hpp"

namespace base {

const char* text(errc code)
{
    switch (code) {
    case errc::bad_format:
        return "not in the expected format";
    case errc::not_found:
        return "no such file";
    case errc::already_exists:
        return "file exists already";
    case errc::io_failed:
        return "reading or writing failed";
    case errc::sync_failed:
        return "storage did not confirm what was written";
    case errc::disk_full:
        return "no space left on the disk";
    case errc::locked:
        return "another process holds the folder";
    case errc::too_large:
        return "larger than the limit";
    case errc::not_permitted:
        return "the permissions or a read-only file system do not allow this";
    case errc::no_resources:
        return "no file descriptors or no memory left";
    case errc::changed:
        return "the file is not what was written";
    }
    return "unknown error of base";
}

} // namespace base
