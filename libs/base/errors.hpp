// SPDX-License-Identifier: Apache-2.0
// Error codes of the base library.
#pragma once

#include "base/errc.hpp"

namespace base {

enum class errc {
    // A text (base64, time, unit) has a wrong format. Its producer must fix it.
    bad_format = 1,
    // The file does not exist.
    not_found,
    // The file or folder must be new, but it exists.
    already_exists,
    // Reading, writing or renaming failed. The detail has the text of errno.
    io_failed,
    // fsync failed, so written data may be lost. Never retried; the service must stop.
    sync_failed,
    // ENOSPC or EDQUOT. Nothing is lost. Operator: free some space.
    disk_full,
    // Another process holds the lock of the folder.
    locked,
    // The content has more octets than the caller's limit.
    too_large,
    // EACCES, EPERM or EROFS. Operator: check the owner and mode of the file, and whether its file
    // system is mounted read-only.
    not_permitted,
    // EMFILE, ENFILE or ENOMEM. Nothing was done. Operator: raise the limit if the error persists.
    no_resources,
    // A file that is written only once has changed. Operator: restore it from a backup.
    changed,
};
const char* text(errc code);

} // namespace base

KURIR_ERROR_CODES(base)
