// SPDX-License-Identifier: Apache-2.0
// The tables of the store and their version.
#pragma once

#include "queue/sqlite.hpp"

namespace queue {

inline constexpr int schema_version = 2;

// Sets the writer's connection up and creates the tables in an empty database, in one transaction.
// errc::newer_schema, errc::damaged (not a store of ours), errc::failed.
base::Result<> prepare_store(Connection& database);

} // namespace queue
