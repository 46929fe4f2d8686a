// SPDX-License-Identifier: Apache-2.0
// Payloads too large for a row: one file each in payloads/, durable before the row that names it is
// written, and removed if that row does not come to be.
#pragma once

#include "queue/records.hpp"
#include "queue/sqlite.hpp"

#include <string>
#include <vector>

namespace queue {

// The files of one message while its row is on the way. They go with this object unless left.
class PayloadFiles {
public:
    PayloadFiles() = default;
    // Moves each content above row_limit to folder (sync, rename, sync of the folder); a smaller
    // one is brought into memory.
    static base::Result<PayloadFiles>
    adopt(const base::Path& folder, std::vector<NewPart>& parts, std::uint64_t row_limit);
    PayloadFiles(PayloadFiles&& other) noexcept;
    PayloadFiles& operator=(PayloadFiles&& other) noexcept;
    ~PayloadFiles();

    const std::string& name(std::size_t part) const
    {
        return names_[part];
    }                                 // empty: the part goes into its row
    void leave() { left_ = true; }    // a row names them
    void reclaim() { left_ = false; } // that row was rolled back

private:
    base::Path folder_;
    std::vector<std::string> names_;
    bool left_ = false;
};

// Removes files of folder that no row names: what a crash left between the file and its row.
base::Result<> remove_unreferenced(const base::Path& folder, Connection& database);
base::Result<> clear_folder(const base::Path& folder);

} // namespace queue
