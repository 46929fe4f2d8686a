// SPDX-License-Identifier: Apache-2.0
// Brings a store of an older version up to date. First a copy of the old store is put beside it,
// then all changes happen in one transaction. An interruption leaves the old store, and the next
// start tries again.
#pragma once

#include "base/time.hpp"
#include "queue/sqlite.hpp"

namespace queue {

struct Migration {
    base::Path file;              // of the store
    std::int64_t from = 0;        // its present version
    base::Time at;                // used in the name of the copy
    std::uint64_t free_space = 0; // octets on the file system of the copy
};

// Copies the store to `file`.v<from>-<time>, 0600 and synced, then migrates it.
// base::errc::disk_full: no room for the copy; nothing was changed. errc::damaged: the version
// never existed.
base::Result<> migrate_store(Connection& database, const Migration& migration);

// Names a copy whose migration was committed, if the process ended before the copy got its name.
base::Result<> name_copy(const base::Path& file, std::int64_t from, base::Time at);

} // namespace queue
