// SPDX-License-Identifier: Apache-2.0
// The parsed command line of kurir-pki.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace pki {

struct Arguments {
    std::string command; // empty if only help was requested
    std::string folder;
    std::string name;
    std::string out;
    std::vector<std::string> hosts;
    int bits = 3072;
    int days = 730;
    bool expired = false;
    bool help = false;
};

// Parses the words behind the program's name. base::errc::bad_format with a detail for the user.
base::Result<Arguments> parse_arguments(const std::vector<std::string>& words);

} // namespace pki
