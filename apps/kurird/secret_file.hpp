// SPDX-License-Identifier: Apache-2.0
// Tokens and passwords: a file each, that is not everybody's to read.
#pragma once

#include "base/file.hpp"
#include "crypto/secret.hpp"

namespace kurird {

// What the file holds, without the white space around it; at most 64 KB. errc::bad_format if
// everybody can open the file.
base::Result<crypto::Secret> read_secret(const base::Path& file);

} // namespace kurird
