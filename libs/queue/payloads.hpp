// SPDX-License-Identifier: Apache-2.0
// Payloads too large for a row: one file each in payloads/, durable before the row that names it is
// written, and removed if that row does not come to be.
#pragma once

#include "queue/records.hpp"
#include "queue/sqlite.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace queue {

// The folder of them, and the names that this run of the program gives. No other run gives them, so
// a file of another name that no row has now will never be in one.
class PayloadFolder {
public:
    explicit PayloadFolder(base::Path path);
    const base::Path& path() const { return path_; }
    std::string new_name(); // any thread
    bool is_of_this_run(std::string_view name) const { return name.starts_with(run_); }

private:
    base::Path path_;
    std::string run_;
    std::atomic<std::uint64_t> given_ = 0;
};

// The files of one message while its row is on the way. They go with this object unless left.
class PayloadFiles {
public:
    PayloadFiles() = default;
    // Moves each content above row_limit to the folder (sync, rename, sync of the folder); a
    // smaller one is brought into memory.
    static base::Result<PayloadFiles>
    adopt(PayloadFolder& folder, std::vector<NewPart>& parts, std::uint64_t row_limit);
    PayloadFiles(PayloadFiles&& other) noexcept;
    PayloadFiles& operator=(PayloadFiles&& other) noexcept;
    ~PayloadFiles();

    const std::string& name(std::size_t part) const
    {
        return names_[part];
    } // empty: the part goes into its row
    void leave() { left_ = true; }    // a row names them
    void reclaim() { left_ = false; } // that row was rolled back

private:
    base::Path folder_;
    std::vector<std::string> names_;
    bool left_ = false;
};

base::Result<> clear_folder(const base::Path& folder);
base::Result<bool> has_files(const base::Path& folder);

} // namespace queue
