// SPDX-License-Identifier: Apache-2.0
// Whether the files of the store still are the ones that were opened. A file that was removed or
// replaced stays open, takes every commit without an error, and is gone with the process.
#pragma once

#include "base/file.hpp"

#include <string>
#include <utility>
#include <vector>

namespace queue {

// The database's name with this and a number: a copy of a database that was removed while it was
// open, saved by the process that had it.
inline constexpr const char* saved_suffix = ".saved-";
// The same while it is being written. What is left under this name is incomplete.
inline constexpr const char* saving_suffix = ".saving-";

class StoreFiles {
public:
    StoreFiles() = default; // watches nothing
    // Of an open database with a write-ahead log.
    static base::Result<StoreFiles> of(const base::Path& database);
    // Costs a stat for each file. errc::damaged: one was removed or replaced, or the data folder
    // was moved; the detail says which. What cannot be looked at (permissions) is not in doubt.
    base::Result<> check() const;
    bool are_missing() const; // of the database itself, with its folder in place

private:
    struct Watched {
        base::Path path;
        base::FileIdentity identity;
    };
    static bool is_same(const Watched& file);
    Watched folder_;
    std::vector<Watched> files_; // the database first
};

} // namespace queue
