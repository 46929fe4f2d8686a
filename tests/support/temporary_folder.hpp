// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own, gone with the test.
#pragma once

#include "base/id.hpp"

#include <filesystem>

namespace support {

class TemporaryFolder {
public:
    TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
    // Where a sync costs nothing, if there is such a place.
    static TemporaryFolder in_memory()
    {
        const std::filesystem::path memory("/dev/shm");
        std::error_code ignored;
        if (std::filesystem::is_directory(memory, ignored)) return TemporaryFolder(memory);
        return {};
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFolder(const std::filesystem::path& above)
        : path_(above / ("kurir-test-" + base::uuid()))
    {
        std::filesystem::create_directories(path_);
    }
    std::filesystem::path path_;
};

} // namespace support
