// SPDX-License-Identifier: Apache-2.0
// Reads files to their end: to learn their size and digest, or to copy them.
#pragma once

#include "base/file.hpp"

#include <atomic>
#include <cstdint>

namespace queue {

struct ReadThrough {
    std::uint64_t size = 0;
    base::Bytes sha256;
};

// Reads the file and adds the octets read to progress.done. errc::stopped: progress.stop is set.
struct BackupProgress;
base::Result<ReadThrough> read_through(const base::Path& file, BackupProgress& progress);
// Copies to a file that must not exist yet. Syncs its content but not its name.
base::Result<ReadThrough>
copy_file(const base::Path& from, const base::Path& to, BackupProgress& progress);

} // namespace queue
