// SPDX-License-Identifier: Apache-2.0
// Resource usage of this process, as the kernel reports it.
#pragma once

#include <cstdint>

namespace api {

struct ProcessFigures {
    double cpu_seconds = 0;        // of all threads, user and system
    std::uint64_t resident = 0;    // octets of memory
    std::uint64_t peak = 0;        // maximum of `resident` so far, octets
    std::uint64_t descriptors = 0; // open files and sockets
    std::uint64_t max_descriptors = 0;
};

// Asks the kernel and reads /proc, which takes a few microseconds and no disk access. A figure that
// cannot be read is 0.
ProcessFigures process_figures();

} // namespace api
