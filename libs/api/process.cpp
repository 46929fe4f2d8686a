// SPDX-License-Identifier: Apache-2.0
// Uses getrusage, getrlimit, /proc/self/statm and /proc/self/fd.
#include "api/process.hpp"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace api {

namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t resident_octets()
{
    std::uint64_t whole = 0;
    std::uint64_t resident = 0; // in pages
    std::ifstream("/proc/self/statm") >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t open_descriptors()
{
    std::error_code failure;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator each("/proc/self/fd", failure), end;
         !failure && each != end; each.increment(failure))
        ++count;
    // Do not count the descriptor of the folder itself.
    return count > 0 ? count - 1 : 0;
}

} // namespace

ProcessFigures process_figures()
{
    ProcessFigures figures;
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        figures.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
        figures.peak = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) figures.max_descriptors = files.rlim_cur;
    figures.resident = resident_octets();
    figures.descriptors = open_descriptors();
    return figures;
}

} // namespace api
