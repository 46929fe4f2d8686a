// SPDX-License-Identifier: Apache-2.0
// A store of an older version becomes one of ours: a copy of the old one is put beside it first,
// then everything happens in one transaction. Whatever interrupts it leaves the old store, and the
// next start does it again.
#pragma once

#include "base/time.hpp"
#include "queue/sqlite.hpp"

namespace queue {

struct Migration {
    base::Path file;              // of the store
    std::int64_t from = 0;        // its version
    base::Time at;                // names the copy
    std::uint64_t free_space = 0; // octets on the file system of the copy
};

// The copy is `file`.v<from>-<time>, 0600 and synced. base::errc::disk_full if there is no room for
// it: nothing was changed. errc::damaged: a version that never was.
base::Result<> migrate_store(Connection& database, const Migration& migration);

// A copy whose migration was committed, but that did not get its name before the process ended.
base::Result<> name_copy(const base::Path& file, std::int64_t from, base::Time at);

} // namespace queue
