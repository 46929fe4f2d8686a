// SPDX-License-Identifier: Apache-2.0
// A complete and consistent copy of the store, made while the service runs (Queue::back_up), and
// the restore from it. The copy has no configuration, keys or certificates.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace queue {

// Progress of a running backup. Other threads may read it and stop the backup.
struct BackupProgress {
    std::atomic<std::uint64_t> done = 0; // octets that were processed
    std::atomic<std::uint64_t> of = 0;   // octets in total, 0 until known
    std::atomic<bool> stop = false;
};

struct BackedUp {
    std::uint64_t messages = 0;
    std::uint64_t payloads = 0;        // files
    std::uint64_t payload_octets = 0;  // in these files
    std::uint64_t database_octets = 0; // of the copied database
    // True: the payload files are hard links to the store's files. False: copies.
    bool linked = true;
};

struct Restored {
    base::Time taken; // when the backup began
    std::uint64_t messages = 0;
    std::uint64_t payloads = 0; // files
    // Messages in flight whose state in the backup may be out of date: see restore().
    std::uint64_t maybe_sent = 0;
    std::uint64_t maybe_handed_over = 0;
};

// Name of the database until a restore is complete.
inline constexpr const char* unfinished_restore = "kurir.db.restoring";

// Makes `folder` a data folder with the content of the backup. The folder must have no store, and
// the service must not run. All leases expire, and messages in flight are marked. Outbound ones may
// have arrived since the backup, so a "duplicate" is judged as unproven. Inbound ones may have been
// handed over, so their delivery_count is 2 or more.
// Errors: base::errc::locked, already_exists (the folder has a store, or payload files without
// one), not_found (no backup), disk_full; errc::damaged (the backup is not as it was made),
// newer_schema.
base::Result<Restored> restore(const base::Path& backup, const base::Path& folder, base::Time now);

} // namespace queue
