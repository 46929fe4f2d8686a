// SPDX-License-Identifier: Apache-2.0
// The command line of kurir-pki as values.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace pki {

struct Arguments {
    std::string command; // empty: only help was asked for
    std::string folder;
    std::string name;
    std::string out;
    std::vector<std::string> hosts;
    int bits = 3072;
    int days = 730;
    bool expired = false;
    bool help = false;
};

// base::errc::bad_format with a text for the person who typed it.
base::Result<Arguments> parse_arguments(const std::vector<std::string>& words);

} // namespace pki
