// SPDX-License-Identifier: Apache-2.0
// Errors of base itself.
#pragma once

#include "base/errc.hpp"

namespace base {

enum class errc {
    bad_format = 1, // a text (base64, time, unit) is not what it should be; the producer of the
                    // text must mend it
    not_found,      // no such file
    already_exists, // a file that must be new is there
    io_failed,      // read, write or rename failed; the detail has errno's text
    sync_failed, // fsync failed: what was written may be gone. Never retried; the service must stop
    disk_full,   // ENOSPC or EDQUOT; free space, nothing is lost
    locked,      // another process holds the data folder
    too_large,   // more bytes than the caller's limit
    not_permitted, // EACCES, EPERM or EROFS; operator: owner and mode of the file, or how its file
                   // system is mounted
    no_resources,  // EMFILE, ENFILE or ENOMEM: nothing was done; operator: raise the limit if it
                   // lasts
    changed, // a file that is written once has other content now; operator: bring it back from a
             // backup
};
const char* text(errc code);

} // namespace base

KURIR_ERROR_CODES(base)
