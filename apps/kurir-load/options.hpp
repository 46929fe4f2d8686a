// SPDX-License-Identifier: Apache-2.0
// The command line.
#pragma once

#include "kurir-load/generator.hpp"

#include <string>
#include <vector>

namespace kurir_load {

struct Options {
    Plan plan;
    base::Path document;
    std::uint64_t size = 0; // 0 = as the document is
    Access to;              // the sender's access point
    Access from;            // the receiver's
    bool null = false;
    bool json = false;
};

extern const char* const usage;

// base::errc::bad_format with what is wrong; errors of reading the file of --pair.
base::Result<Options> read_options(const std::vector<std::string>& words);

} // namespace kurir_load
