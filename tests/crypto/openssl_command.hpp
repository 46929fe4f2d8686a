// SPDX-License-Identifier: Apache-2.0
// The openssl command as the second opinion: its own process, its own code above the library.
#pragma once

#include "base/file.hpp"

#include <cstdlib>
#include <string>

namespace openssl_command {

// Runs `openssl ARGUMENTS` in the folder; true if it says success.
inline bool succeeds(const base::Path& folder, const std::string& arguments)
{
    const std::string line =
        "cd '" + folder.string() + "' && openssl " + arguments + " >/dev/null 2>&1 </dev/null";
    return std::system(line.c_str()) == 0;
}

} // namespace openssl_command
