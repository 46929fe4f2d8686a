// SPDX-License-Identifier: Apache-2.0
// The tables of the store and their version.
#pragma once

#include "base/time.hpp"
#include "queue/sqlite.hpp"

namespace queue {

inline constexpr int schema_version = 3;

// Sets up the writer's connection. Creates the tables in an empty database, in one transaction.
// Migrates tables of an older version, after a copy named after `now` was put beside `file`.
// errc::newer_schema, errc::damaged (not a store of ours), base::errc::disk_full (no room for the
// copy), errc::failed.
base::Result<> prepare_store(Connection& database, const base::Path& file, base::Time now);

} // namespace queue
