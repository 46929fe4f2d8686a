// SPDX-License-Identifier: Apache-2.0
// A copy of the store that is consistent and whole, made while work goes on (Queue::back_up), and
// the way back from it. Configuration, keys and certificates are not in it.
#pragma once

#include "base/file.hpp"
#include "base/time.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace queue {

// What others may look at, and stop, while a backup runs.
struct BackupProgress {
    std::atomic<std::uint64_t> done = 0; // octets
    std::atomic<std::uint64_t> of = 0;   // as far as it is known
    std::atomic<bool> stop = false;
};

struct BackedUp {
    std::uint64_t messages = 0;
    std::uint64_t payloads = 0;        // files
    std::uint64_t payload_octets = 0;  // in them
    std::uint64_t database_octets = 0; // of the copy
    bool linked = true; // files are further names of the store's own, not copies of them
};

struct Restored {
    base::Time taken; // when the backup began
    std::uint64_t messages = 0;
    std::uint64_t payloads = 0; // files
    // What the backup says of them may be out of date: see restore().
    std::uint64_t maybe_sent = 0;
    std::uint64_t maybe_handed_over = 0;
};

// What the store is called until a restore is at its end.
inline constexpr const char* unfinished_restore = "kurir.db.restoring";

// Makes `folder` (which has no store; the service does not run) a data folder as the backup has it.
// Messages in flight are marked: the outbound ones may have arrived since the backup (so
// "duplicate" is then judged as unproven), the inbound ones may have been handed over (so
// delivery_count is 2 or more). Leases lapse. base::errc::locked, already_exists (there is a
// store), not_found (no backup), bad_format and errc::damaged (the backup is not as it was made),
// errc::newer_schema, disk_full.
base::Result<Restored> restore(const base::Path& backup, const base::Path& folder, base::Time now);

} // namespace queue
