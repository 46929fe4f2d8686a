// SPDX-License-Identifier: Apache-2.0
// All file operations of the product: open, read, write, fsync, rename, unlink. Reads and changes
// ask the gate of base/io first. No other code in libs/ or apps/ makes these system calls; SQLite
// makes them through queue/vfs.
//
// All functions block, so the I/O thread must not call them. New files have mode 0600, new folders
// 0700.
#pragma once

#include "base/bytes.hpp"
#include "base/errors.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace base {

using Path = std::filesystem::path;

// An open file. The destructor closes it.
class File {
public:
    // Creates a new file for writing. errc::already_exists if the path exists.
    static Result<File> create(const Path& path);
    // Opens a file for reading. errc::not_found if it does not exist.
    static Result<File> open(const Path& path);
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    ~File();

    // Appends all octets. errc::disk_full or errc::io_failed on failure; some octets may then have
    // been written.
    Result<> write(BytesView octets);
    // Reads up to `max` octets and returns their number; 0 at the end of the file.
    Result<std::size_t> read(char* into, std::size_t max);
    // Calls fdatasync. After errc::sync_failed the service must stop.
    Result<> sync();
    Result<std::uint64_t> size() const;

private:
    File(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
    int descriptor_ = -1;
    std::string name_;          // the path, for errors and the gate
    std::uint64_t written_ = 0; // the offset of the next write
    friend Result<> rewrite_file(const Path& path);
};

// Creates the folder and all missing parents, and syncs the parent of each new folder.
Result<> make_folders(const Path& folder);
// errc::already_exists if the path exists.
Result<> create_folder(const Path& folder);
// Removes a folder, which must be empty.
Result<> remove_folder(const Path& folder);
// Gives the file `from` the second name `to` (a hard link). errc::already_exists if `to` exists.
// Returns false if the file system cannot link the file, or if the two paths are on different file
// systems.
Result<bool> link_file(const Path& from, const Path& to);
// Makes creations and renames in the folder durable. errc::sync_failed must stop the service.
Result<> sync_folder(const Path& folder);
Result<> rename_file(const Path& from, const Path& to);
// Succeeds if the file does not exist.
Result<> remove_file(const Path& path);
// Returns the names (not the paths) of the folder's regular files, sorted.
Result<std::vector<Path>> list_folder(const Path& folder);
// Lists the same names one at a time, unsorted, for folders that may hold millions of files. Files
// that are created or removed during the listing may or may not be included.
class FolderNames {
public:
    static Result<FolderNames> open(const Path& folder);
    // Returns the next name, or nothing at the end.
    Result<std::optional<Path>> next();

private:
    FolderNames(std::filesystem::directory_iterator entries, Path folder)
        : entries_(std::move(entries)), folder_(std::move(folder))
    {
    }
    std::filesystem::directory_iterator entries_;
    Path folder_;
};
// Returns the whole content. errc::too_large if it has more than `limit` octets.
Result<Bytes> read_file(const Path& path, std::uint64_t limit);
// Returns the octets that this process may still use on the folder's file system.
Result<std::uint64_t> free_space(const Path& folder);
// Returns the inodes that this process may still use on the folder's file system. Returns nothing
// if the file system has no fixed number of inodes.
Result<std::optional<std::uint64_t>> free_inodes(const Path& folder);

// Identifies the file behind a path. Two paths with equal identities lead to the same file.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};
// Follows symbolic links. errc::not_found if the file does not exist.
Result<FileIdentity> identity_of(const Path& path);
// Writes the content of a file over itself and syncs it. Needed after a failed sync: the kernel may
// then return data that the disk does not have, and treat the data as clean. errc::not_found if
// the file does not exist.
Result<> rewrite_file(const Path& path);
// Replaces a file atomically: writes a new file in the same folder, syncs it, renames it to `path`,
// and syncs the folder. After a crash the file is the old one or the new one, never a mixture.
Result<> replace_file(const Path& path, BytesView octets);

// An exclusive lock on a folder (flock on FOLDER/lock). The destructor releases the lock.
class FolderLock {
public:
    // errc::locked if another process holds the lock.
    static Result<FolderLock> take(const Path& folder);
    // Tells whether FOLDER/lock is still the locked file. If the file was removed, another process
    // may have locked a new file. Call take() again to find out.
    bool is_in_place() const;
    FolderLock(FolderLock&& other) noexcept;
    // `other` receives the previous lock of this object and releases it on destruction.
    FolderLock& operator=(FolderLock&& other) noexcept;
    ~FolderLock();

private:
    FolderLock(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
    int descriptor_ = -1;
    Path path_;
};

} // namespace base
