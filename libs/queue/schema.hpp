// SPDX-License-Identifier: Apache-2.0
// The tables of the store and their version.
#pragma once

#include "base/time.hpp"
#include "queue/sqlite.hpp"

namespace queue {

inline constexpr int schema_version = 3;

// Sets the writer's connection up; creates the tables in an empty database, in one transaction, and
// brings those of an older version up to date after a copy of them was put beside `file` (named
// after `now`). errc::newer_schema, errc::damaged (not a store of ours), base::errc::disk_full (no
// room for the copy), errc::failed.
base::Result<> prepare_store(Connection& database, const base::Path& file, base::Time now);

} // namespace queue
