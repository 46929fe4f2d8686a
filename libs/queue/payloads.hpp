// SPDX-License-Identifier: Apache-2.0
// Payloads too large for a row, each as one file in payloads/. A file is durable before the row
// that names it is written. It is removed if that row is not written.
#pragma once

#include "queue/records.hpp"
#include "queue/sqlite.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace queue {

// The folder of payload files, and the names that this run of the program gives to them. No other
// run gives these names. So a file that has another run's name and no row will never get a row.
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

// The files of one message while its row is being written. The destructor removes them unless
// leave() was called.
class PayloadFiles {
public:
    PayloadFiles() = default;
    // Moves each content file above row_limit octets to the folder (sync, rename, sync of the
    // folder). Reads a smaller one into memory.
    static base::Result<PayloadFiles>
    adopt(PayloadFolder& folder, std::vector<NewPart>& parts, std::uint64_t row_limit);
    PayloadFiles(PayloadFiles&& other) noexcept;
    PayloadFiles& operator=(PayloadFiles&& other) noexcept;
    ~PayloadFiles();

    // Empty if the part goes into its row.
    const std::string& name(std::size_t part) const { return names_[part]; }
    void leave() { left_ = true; }    // a row names the files
    void reclaim() { left_ = false; } // that row was rolled back

private:
    base::Path folder_;
    std::vector<std::string> names_;
    bool left_ = false;
};

base::Result<> clear_folder(const base::Path& folder);
base::Result<bool> has_files(const base::Path& folder);

} // namespace queue
