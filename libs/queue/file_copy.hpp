// SPDX-License-Identifier: Apache-2.0
// Files read through once: to know what is in them, or to have it a second time.
#pragma once

#include "base/file.hpp"

#include <atomic>
#include <cstdint>

namespace queue {

struct ReadThrough {
    std::uint64_t size = 0;
    base::Bytes sha256;
};

// errc::stopped once `progress` says so; adds what was read to it.
struct BackupProgress;
base::Result<ReadThrough> read_through(const base::Path& file, BackupProgress& progress);
// To a file that must not exist, synced; its name is not.
base::Result<ReadThrough>
copy_file(const base::Path& from, const base::Path& to, BackupProgress& progress);

} // namespace queue
