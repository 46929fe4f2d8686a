// SPDX-License-Identifier: Apache-2.0
// The one seam through which the product touches files: open, read, write, fsync, rename, unlink,
// all of them behind the gate of base/io. Nothing else in libs/ or apps/ calls these system calls;
// SQLite's own go through queue/vfs.
// All calls block; none may run on the I/O thread. New files are 0600, new folders 0700.
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

// An open file; closed on destruction.
class File {
public:
    static Result<File> create(const Path& path); // must not exist: errc::already_exists
    static Result<File> open(const Path& path);   // for reading: errc::not_found
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;
    ~File();

    Result<> write(BytesView octets); // appends all of it, or errc::disk_full, errc::io_failed
    Result<std::size_t> read(char* into, std::size_t max); // 0 at the end
    Result<> sync(); // fdatasync; errc::sync_failed must stop the service
    Result<std::uint64_t> size() const;

private:
    File(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
    int descriptor_ = -1;
    std::string name_;          // its path, for errors and the gate
    std::uint64_t written_ = 0; // the offset of the next write
    friend Result<> rewrite_file(const Path& path);
};

Result<> make_folders(const Path& folder);
Result<> create_folder(const Path& folder); // must not exist: errc::already_exists
Result<> remove_folder(const Path& folder); // an empty one
// A second name for a file, which must not exist. False: this file system, or the two of them,
// cannot.
Result<bool> link_file(const Path& from, const Path& to);
Result<> sync_folder(const Path& folder); // makes creations and renames in it durable
Result<> rename_file(const Path& from, const Path& to);
Result<> remove_file(const Path& path); // a missing file is no error
Result<std::vector<Path>> list_folder(const Path& folder
); // names (not paths) of its regular files, sorted
// The same one at a time, in no order: for folders that may hold millions. What is made or removed
// meanwhile may or may not be among them.
class FolderNames {
public:
    static Result<FolderNames> open(const Path& folder);
    Result<std::optional<Path>> next(); // nothing: that was all

private:
    FolderNames(std::filesystem::directory_iterator entries, Path folder)
        : entries_(std::move(entries)), folder_(std::move(folder))
    {
    }
    std::filesystem::directory_iterator entries_;
    Path folder_;
};
Result<Bytes> read_file(const Path& path, std::uint64_t limit); // errc::too_large above limit
Result<std::uint64_t> free_space(const Path& folder); // octets left on its file system for us
// Inodes left on the folder's file system for us. Nothing: the file system has no fixed number.
Result<std::optional<std::uint64_t>> free_inodes(const Path& folder);

// Which file a path leads to. Two paths with the same identity lead to the same file.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};
Result<FileIdentity> identity_of(const Path& path); // follows links. errc::not_found
// Writes what the file holds over itself and syncs it. Once a sync has failed the kernel may show
// what the disk does not have, and hold it for clean. errc::not_found.
Result<> rewrite_file(const Path& path);
// Writes beside, syncs, renames over, syncs the folder: the file is the old one or the new one,
// never half.
Result<> replace_file(const Path& path, BytesView octets);

// An exclusive lock on a folder for the life of this object (flock on FOLDER/lock). errc::locked if
// another holds it.
class FolderLock {
public:
    static Result<FolderLock> take(const Path& folder);
    // Whether FOLDER/lock still is the file that is locked. If the file was removed, another
    // process can lock a new one: take() again tells.
    bool is_in_place() const;
    FolderLock(FolderLock&& other) noexcept;
    FolderLock& operator=(FolderLock&& other) noexcept; // releases the lock held until now
    ~FolderLock();

private:
    FolderLock(int descriptor, Path path) : descriptor_(descriptor), path_(std::move(path)) {}
    int descriptor_ = -1;
    Path path_;
};

} // namespace base
