// SPDX-License-Identifier: Apache-2.0
// The system calls on files. Each errno is mapped to one of a few codes of errc. A failed sync is
// never retried: the kernel may have dropped the dirty pages and would report success the second
// time.
#include "base/file.hpp"

#include "base/id.hpp"
#include "base/io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace base {
namespace {

Error file_error(int number, const std::string& about)
{
    errc code = errc::io_failed;
    if (number == ENOENT) code = errc::not_found;
    if (number == EEXIST) code = errc::already_exists;
    if (number == ENOSPC || number == EDQUOT) code = errc::disk_full;
    if (number == EACCES || number == EPERM || number == EROFS) code = errc::not_permitted;
    if (number == EMFILE || number == ENFILE || number == ENOMEM) code = errc::no_resources;
    return Error(code, about + ": " + std::generic_category().message(number));
}

Error sync_error(int number, const std::string& about)
{
    return Error(errc::sync_failed, about + ": " + std::generic_category().message(number));
}

// Asks the gate, makes the call, and reports its success to the gate. Returns 0 or the errno.
template <class Call> int perform(const IoRequest& request, Call call)
{
    if (const auto verdict = io_before(request); verdict.error != 0) return verdict.error;
    if (call() != 0) return errno;
    io_after(request);
    return 0;
}

// The octets that one write(2) wrote. An error comes from the gate or from write(2); with an error
// of the gate, `octets` can be more than 0.
struct Taken {
    std::size_t octets = 0;
    int error = 0;
};
Taken write_some(int descriptor, IoRequest request)
{
    const auto verdict = io_before(request);
    const auto octets =
        verdict.error != 0 ? request.octets.substr(0, verdict.written) : request.octets;
    const ssize_t written = octets.empty() ? 0 : ::write(descriptor, octets.data(), octets.size());
    if (written < 0) return {.error = errno};
    request.octets = request.octets.substr(0, static_cast<std::size_t>(written));
    if (written > 0) io_after(request);
    return {.octets = request.octets.size(), .error = verdict.error};
}

// Returns the parent folder; for a path without one, the current folder.
Path folder_of(const Path& path)
{
    const Path parent = path.parent_path();
    return parent.empty() ? Path(".") : parent;
}

// ENOSPC also means that the file system has no free inodes. The detail then says so, because free
// octets would hide the cause.
Error create_error(int number, const Path& path, const Path& folder)
{
    auto error = file_error(number, path.string());
    if (number != ENOSPC) return error;
    const auto inodes = free_inodes(folder);
    const auto octets = free_space(folder);
    if (inodes && *inodes == 0U && octets && *octets > 0)
        error.detail += " (the file system has no free inodes, although " +
                        std::to_string(*octets >> 20) + " MB are free)";
    return error;
}

} // namespace

Result<File> File::create(const Path& path)
{
    int descriptor = -1;
    const auto open = [&] {
        descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return descriptor < 0;
    };
    const int failed = perform({.call = IoCall::create, .path = path.native()}, open);
    if (failed != 0) return create_error(failed, path, folder_of(path));
    return File(descriptor, path.string());
}

Result<File> File::open(const Path& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file_error(errno, path.string());
    return File(descriptor, path.string());
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)),
      written_(other.written_)
{
}

File& File::operator=(File&& other) noexcept
{
    if (this == &other) return *this;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    name_ = std::move(other.name_);
    written_ = other.written_;
    return *this;
}

File::~File()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> File::write(BytesView octets)
{
    while (!octets.empty()) {
        const auto taken = write_some(
            descriptor_,
            {.call = IoCall::write, .path = name_, .offset = written_, .octets = octets}
        );
        written_ += taken.octets;
        octets.remove_prefix(taken.octets);
        if (taken.error != 0 && taken.error != EINTR) return file_error(taken.error, name_);
    }
    return {};
}

Result<std::size_t> File::read(char* into, std::size_t max)
{
    const IoRequest request{.call = IoCall::read, .path = name_};
    for (;;) {
        const auto verdict = io_before(request);
        if (verdict.error != 0) return file_error(verdict.error, name_);
        const ssize_t got = ::read(descriptor_, into, max);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return file_error(errno, name_);
    }
}

Result<> File::sync()
{
    const int failed =
        perform({.call = IoCall::sync, .path = name_}, [this] { return ::fdatasync(descriptor_); });
    if (failed != 0) return sync_error(failed, name_);
    return {};
}

Result<std::uint64_t> File::size() const
{
    struct stat status = {};
    if (::fstat(descriptor_, &status) != 0) return file_error(errno, name_);
    return static_cast<std::uint64_t>(status.st_size);
}

Result<> make_folders(const Path& folder)
{
    Path made;
    for (const Path& part : folder) {
        made /= part;
        std::error_code ignored;
        if (part.empty() || std::filesystem::is_directory(made, ignored)) continue;
        const auto created = create_folder(made);
        if (!created) {
            // Another process or thread may have created the folder meanwhile.
            if (std::filesystem::is_directory(made, ignored)) continue;
            return created.error();
        }
        // The entry in the parent folder must survive a crash as well.
        if (const auto synced = sync_folder(folder_of(made)); !synced) return synced.error();
    }
    return {};
}

Result<> create_folder(const Path& folder)
{
    const int failed = perform({.call = IoCall::make_folder, .path = folder.native()}, [&] {
        return ::mkdir(folder.c_str(), 0700);
    });
    if (failed != 0) return create_error(failed, folder, folder_of(folder));
    return {};
}

Result<> remove_folder(const Path& folder)
{
    const int failed = perform({.call = IoCall::unlink, .path = folder.native()}, [&] {
        return ::rmdir(folder.c_str());
    });
    if (failed != 0) return file_error(failed, folder.string());
    return {};
}

Result<bool> link_file(const Path& from, const Path& to)
{
    const IoRequest request{.call = IoCall::link, .path = from.native(), .target = to.native()};
    const int failed = perform(request, [&] { return ::link(from.c_str(), to.c_str()); });
    if (failed == EXDEV || failed == EPERM || failed == EOPNOTSUPP || failed == EMLINK)
        return false;
    if (failed != 0) return file_error(failed, from.string() + " to " + to.string());
    return true;
}

Result<> sync_folder(const Path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return file_error(errno, folder.string());
    const int failed = perform({.call = IoCall::sync_folder, .path = folder.native()}, [&] {
        return ::fsync(descriptor);
    });
    ::close(descriptor);
    if (failed != 0) return sync_error(failed, folder.string());
    return {};
}

Result<> rename_file(const Path& from, const Path& to)
{
    const IoRequest request{.call = IoCall::rename, .path = from.native(), .target = to.native()};
    const int failed = perform(request, [&] { return ::rename(from.c_str(), to.c_str()); });
    if (failed != 0) return file_error(failed, from.string() + " to " + to.string());
    return {};
}

Result<> remove_file(const Path& path)
{
    const int failed = perform({.call = IoCall::unlink, .path = path.native()}, [&] {
        return ::unlink(path.c_str());
    });
    if (failed != 0 && failed != ENOENT) return file_error(failed, path.string());
    return {};
}

Result<FolderNames> FolderNames::open(const Path& folder)
{
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    if (failure) return file_error(failure.value(), folder.string());
    return FolderNames(std::move(entries), folder);
}

Result<std::optional<Path>> FolderNames::next()
{
    while (entries_ != std::filesystem::directory_iterator()) {
        // Ignored, because the entry may be removed during the listing.
        std::error_code gone;
        const bool regular =
            entries_->symlink_status(gone).type() == std::filesystem::file_type::regular;
        auto name = entries_->path().filename();
        std::error_code failure;
        entries_.increment(failure);
        if (failure) return file_error(failure.value(), folder_.string());
        if (regular) return std::optional(std::move(name));
    }
    return std::optional<Path>();
}

Result<std::vector<Path>> list_folder(const Path& folder)
{
    auto entries = FolderNames::open(folder);
    if (!entries) return entries.error();
    std::vector<Path> names;
    while (true) {
        auto name = entries->next();
        if (!name) return name.error();
        if (!*name) break;
        names.push_back(std::move(**name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<Bytes> read_file(const Path& path, std::uint64_t limit)
{
    auto file = File::open(path);
    if (!file) return file.error();
    const auto size = file->size();
    if (!size) return size.error();
    if (*size > limit) return Error(errc::too_large, path.string());
    // Reserve one octet more, so that the loop notices when the file grows meanwhile.
    Bytes octets(static_cast<std::size_t>(*size) + 1, '\0');
    std::size_t filled = 0;
    for (;;) {
        const auto got = file->read(octets.data() + filled, octets.size() - filled);
        if (!got) return got.error();
        filled += *got;
        if (filled > limit) return Error(errc::too_large, path.string());
        if (*got == 0) break;
        if (filled == octets.size()) octets.resize(filled * 2);
    }
    octets.resize(filled);
    return octets;
}

Result<std::uint64_t> free_space(const Path& folder)
{
    struct statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return file_error(errno, folder.string());
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Result<std::optional<std::uint64_t>> free_inodes(const Path& folder)
{
    struct statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return file_error(errno, folder.string());
    if (status.f_files == 0) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(status.f_favail);
}

Result<FileIdentity> identity_of(const Path& path)
{
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return file_error(errno, path.string());
    return FileIdentity{.device = status.st_dev, .inode = status.st_ino};
}

Result<> replace_file(const Path& path, BytesView octets)
{
    Path beside = path;
    beside += "." + uuid() + ".new";
    auto file = File::create(beside);
    if (!file) return file.error();
    auto done = file->write(octets);
    if (done) done = file->sync();
    if (done) done = rename_file(beside, path);
    if (!done) {
        (void)remove_file(beside); // report the first error, not this one
        return done.error();
    }
    return sync_folder(folder_of(path));
}

Result<> rewrite_file(const Path& path)
{
    auto from = File::open(path);
    if (!from) return from.error();
    int descriptor = -1;
    const auto open = [&] {
        descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        return descriptor < 0;
    };
    const int failed = perform({.call = IoCall::open, .path = path.native()}, open);
    if (failed != 0) return file_error(failed, path.string());
    File over(descriptor, path.string());
    Bytes octets(256 * 1024, '\0');
    while (true) {
        const auto got = from->read(octets.data(), octets.size());
        if (!got) return got.error();
        if (*got == 0) return over.sync();
        const auto written = over.write(BytesView(octets).substr(0, *got));
        if (!written) return written.error();
    }
}

Result<FolderLock> FolderLock::take(const Path& folder)
{
    const Path path = folder / "lock";
    // Do not ask the gate: the file has no content, and a restart does not need it.
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return create_error(errno, path, folder);
    FolderLock lock(descriptor, path);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) return Error(errc::locked, folder.string());
    return file_error(errno, path.string());
}

bool FolderLock::is_in_place() const
{
    struct stat held = {};
    struct stat named = {};
    if (::fstat(descriptor_, &held) != 0) return false;
    if (::stat(path_.c_str(), &named) != 0) return errno != ENOENT;
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_))
{
}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept
{
    // The destructor of `other` closes the descriptor that this object had.
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    return *this;
}

FolderLock::~FolderLock()
{
    if (descriptor_ >= 0) ::close(descriptor_); // closing releases the lock
}

} // namespace base
