// SPDX-License-Identifier: Apache-2.0
// Checks whether the store's files are still the ones that were opened. A file that was removed or
// replaced stays open, takes every commit without an error, and is lost when the process
// ends.
#pragma once

#include "base/file.hpp"

#include <string>
#include <utility>
#include <vector>

namespace queue {

// Suffix of a saved copy, followed by a number. If a database is removed while a process has it
// open, that process saves it under this name.
inline constexpr const char* saved_suffix = ".saved-";
// Suffix of such a copy while it is being written. A file left under this name is incomplete.
inline constexpr const char* saving_suffix = ".saving-";

class StoreFiles {
public:
    StoreFiles() = default; // watches nothing
    // Watches an open database that has a write-ahead log.
    static base::Result<StoreFiles> of(const base::Path& database);
    // Costs a stat for each file. errc::damaged: a file was removed or replaced, or the data folder
    // was moved. The detail says which. A file that cannot be examined (permissions) counts
    // as unchanged.
    base::Result<> check() const;
    // True: the database itself is missing, and its folder is in place.
    bool are_missing() const;

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
