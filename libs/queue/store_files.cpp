// SPDX-License-Identifier: Apache-2.0
// Files are compared by device and inode, because a name says nothing about the file behind it.
#include "queue/store_files.hpp"

#include "queue/errc.hpp"

#include <algorithm>

namespace queue {

base::Result<StoreFiles> StoreFiles::of(const base::Path& database)
{
    StoreFiles files;
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        const auto path = base::Path(database) += suffix;
        const auto identity = base::identity_of(path);
        if (!identity) return identity.error();
        files.files_.push_back({path, *identity});
    }
    const auto folder = database.parent_path();
    const auto identity = base::identity_of(folder);
    if (!identity) return identity.error();
    files.folder_ = {folder, *identity};
    return files;
}

bool StoreFiles::is_same(const Watched& file)
{
    const auto identity = base::identity_of(file.path);
    if (identity) return *identity == file.identity;
    return identity.error().code != base::errc::not_found;
}

base::Result<> StoreFiles::check() const
{
    const auto other = std::ranges::find_if_not(files_, is_same);
    if (other == files_.end()) return {};
    if (!is_same(folder_))
        return base::Error(
            errc::damaged, folder_.path.string() +
                               " is not the folder that was opened: it was moved, removed or "
                               "mounted over; put it back before kurird starts again"
        );
    return base::Error(
        errc::damaged,
        other->path.string() + " was removed, moved or replaced while kurird had it open"
    );
}

bool StoreFiles::are_missing() const
{
    return !files_.empty() && !is_same(files_.front()) && is_same(folder_);
}

} // namespace queue
