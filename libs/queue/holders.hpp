// SPDX-License-Identifier: Apache-2.0
// Finds other processes that have the store's database open, and their locks on it, from Linux's
// /proc. Use the result only in messages for people: a process of another user or another container
// may be missing.
#pragma once

#include "base/file.hpp"

#include <string>
#include <vector>

namespace queue {

struct Holder {
    enum class Hold {
        open,     // the file is open, nothing more
        snapshot, // reads a snapshot of the store, which the log must keep
        lock      // writes, or has locked the whole database
    };
    int pid = 0;
    std::string name; // of the program; empty if unknown
    Hold hold = Hold::open;
};

// Returns the holders without this process, the strongest hold first. Blocks, because it reads
// /proc. Never opens the database: closing that descriptor would drop this process's locks on the
// file.
std::vector<Holder> holders_of(const base::Path& database, const base::Path& proc = "/proc");

// Names the holders that have the strongest hold found, if it is at least `min`: "pid 4711
// (sqlite3)". If there is none, says so and tells how to look for one.
std::string
describe(const std::vector<Holder>& holders, Holder::Hold min, const base::Path& database);

} // namespace queue
