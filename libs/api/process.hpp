// SPDX-License-Identifier: Apache-2.0
// What the kernel says of this process.
#pragma once

#include <cstdint>

namespace api {

struct ProcessFigures {
    double cpu_seconds = 0;        // of all its threads, user and system
    std::uint64_t resident = 0;    // octets
    std::uint64_t peak = 0;        // the most that were resident
    std::uint64_t descriptors = 0; // open
    std::uint64_t max_descriptors = 0;
};

// Reads /proc, which is memory: a few microseconds, no disk. What cannot be read is 0.
ProcessFigures process_figures();

} // namespace api
