// SPDX-License-Identifier: Apache-2.0
// Finds the folder of third-party messages and vectors that lies beside the checkout. It is not
// part of the project; where it is absent, tests that need it say so and pass.
#pragma once

#include "base/file.hpp"

#include <cstdio>
#include <optional>

namespace support {

// ../shared beside the checkout, or nothing (with one visible line naming the test that is
// skipped).
inline std::optional<base::Path> shared_data(const char* test)
{
    const base::Path folder = base::Path(KURIR_SOURCE_DIR).parent_path() / "shared";
    std::error_code ignored;
    if (std::filesystem::is_directory(folder, ignored)) return folder;
    std::fprintf(stderr, "SKIPPED (no ../shared beside the checkout): %s\n", test);
    return std::nullopt;
}

} // namespace support
