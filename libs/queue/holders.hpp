// SPDX-License-Identifier: Apache-2.0
// Which other processes have the store's database open, and what they hold of it: Linux tells in
// /proc. Only for messages to people: a process of another user or another container may be
// missing.
#pragma once

#include "base/file.hpp"

#include <string>
#include <vector>

namespace queue {

struct Holder {
    enum class Hold {
        open,     // the file is open, no more
        snapshot, // reads a state of the store, which the log must keep
        lock      // writes, or has locked the database for itself
    };
    int pid = 0;
    std::string name; // of the program; empty if it is not known
    Hold hold = Hold::open;
};

// Blocks: reads /proc. Not this process itself. Strongest hold first. Never opens the database:
// with the descriptor, closing would give up the locks that this process has on it.
std::vector<Holder> holders_of(const base::Path& database, const base::Path& proc = "/proc");

// Those with the strongest hold there is, but no less than `least`: "pid 4711 (sqlite3)"; or that
// none was found, and how to look for it.
std::string
describe(const std::vector<Holder>& holders, Holder::Hold min, const base::Path& database);

} // namespace queue
