// SPDX-License-Identifier: Apache-2.0
// Each of our file objects is followed in memory by the system's file object. A call goes to the
// system after the gate (base/io) has allowed it.
#include "queue/vfs.hpp"

#include "base/file.hpp"
#include "base/io.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace queue {
namespace {

using base::IoCall;

struct File : sqlite3_file {
    std::string_view path;            // SQLite keeps the text while the file is open
    bool unsynced_name = false;       // a log or journal whose name may not be on the disk yet
    sqlite3_file* database = nullptr; // of a log: the file of its database
    int regions = 0;                  // of a log: regions of its index beyond the first
};

File& ours(sqlite3_file* file)
{
    return *static_cast<File*>(file);
}
sqlite3_file* system_file(sqlite3_file* file)
{
    return reinterpret_cast<sqlite3_file*>(static_cast<File*>(file) + 1);
}
const sqlite3_io_methods& system_methods(sqlite3_file* file)
{
    return *system_file(file)->pMethods;
}

sqlite3_vfs* system_files()
{
    static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
    return found;
}

// No exception may cross SQLite's frames, so nothing is allocated here.
struct Failure {
    std::array<char, 512> path{};
    int error = 0;
};
thread_local Failure last_failure;

void note_failure(std::string_view path, int error)
{
    const auto size = std::min(path.size(), last_failure.path.size() - 1);
    std::memcpy(last_failure.path.data(), path.data(), size);
    last_failure.path[size] = '\0';
    last_failure.error = error;
}

int full_or(int code, int error)
{
    return error == ENOSPC || error == EDQUOT ? SQLITE_FULL : code;
}

// Asks the gate, makes the call, and reports a success to the gate. `refused` is the result if the
// gate refuses.
template <class Call> int perform(const base::IoRequest& request, int refused, Call call)
{
    if (const auto verdict = base::io_before(request); verdict.error != 0) {
        note_failure(request.path, verdict.error);
        return full_or(refused, verdict.error);
    }
    errno = 0;
    const int code = call();
    if (code == SQLITE_OK)
        base::io_after(request);
    else if (errno != 0)
        note_failure(request.path, errno);
    return code;
}

bool synced_folder_of(std::string_view path)
{
    return base::sync_folder(base::Path(path).parent_path()).has_value();
}

int close(sqlite3_file* file)
{
    return system_methods(file).xClose(system_file(file));
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset)
{
    const auto verdict = base::io_before({.call = IoCall::read, .path = ours(file).path});
    if (verdict.error != 0) {
        note_failure(ours(file).path, verdict.error);
        return SQLITE_IOERR_READ;
    }
    errno = 0;
    const int code = system_methods(file).xRead(system_file(file), into, size, offset);
    const bool failed =
        code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ; // a short read is usual
    if (failed && errno != 0) note_failure(ours(file).path, errno);
    return code;
}

// The system returns SQLITE_FULL only for ENOSPC. An exhausted quota has the same meaning here.
int write_through(sqlite3_file* file, base::BytesView octets, sqlite3_int64 offset)
{
    const int size = static_cast<int>(octets.size());
    errno = 0;
    const int code = system_methods(file).xWrite(system_file(file), octets.data(), size, offset);
    if (code == SQLITE_OK) return code;
    int error = errno;
    if (code == SQLITE_IOERR_WRITE)
        system_methods(file).xFileControl(system_file(file), SQLITE_FCNTL_LAST_ERRNO, &error);
    note_failure(ours(file).path, code == SQLITE_FULL ? ENOSPC : error);
    return full_or(code, error);
}

// Catches std::bad_alloc: no exception may cross SQLite's frames.
int ask_for_index(std::string_view database)
{
    try {
        const auto path = std::string(database) + "-shm";
        const auto verdict = base::io_before({.call = IoCall::write, .path = path});
        if (verdict.error == 0) return SQLITE_OK;
        note_failure(path, verdict.error);
        return full_or(SQLITE_IOERR_SHMSIZE, verdict.error);
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

// Maps the log's index. SQLite also maps it at a start, when it reads the log again, and the index
// needs room then too.
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** memory)
{
    errno = 0;
    const int code = system_methods(file).xShmMap(system_file(file), page, size, extend, memory);
    if (code != SQLITE_IOERR_SHMSIZE) return code;
    note_failure(ours(file).path, errno);
    return full_or(code, errno);
}

// The log's index is memory that is backed by a file. SQLite extends it when a commit is already in
// the log. If there is no room then, the commit is reported as failed, yet a later reader of the
// log finds it. So this function makes room before the frame is written. The numbers are those of
// SQLite's file format.
int make_room_in_index(File& log, sqlite3_int64 offset)
{
    constexpr sqlite3_int64 log_header = 32;
    constexpr sqlite3_int64 frame = 24 + 4096; // a page has at least 4096 octets
    constexpr sqlite3_int64 frames_of_a_region = 4096;
    constexpr sqlite3_int64 less_in_first = 34;
    constexpr int region_size = 32 << 10;
    if (log.database == nullptr || offset < log_header) return SQLITE_OK;
    const auto before = (offset - log_header) / frame;
    const auto region = static_cast<int>((before + less_in_first) / frames_of_a_region);
    if (region <= log.regions) return SQLITE_OK;
    if (const int refused = ask_for_index(ours(log.database).path); refused != SQLITE_OK)
        return refused;
    void volatile* memory = nullptr;
    const int code = map_shared(log.database, region, region_size, 1, &memory);
    if (code == SQLITE_OK) log.regions = region;
    return code;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset)
{
    if (const int room = make_room_in_index(ours(file), offset); room != SQLITE_OK) return room;
    base::IoRequest request{
        .call = IoCall::write,
        .path = ours(file).path,
        .offset = static_cast<std::uint64_t>(offset),
        .octets = {static_cast<const char*>(from), static_cast<std::size_t>(size)}
    };
    const auto verdict = base::io_before(request);
    if (verdict.error != 0) request.octets = request.octets.substr(0, verdict.written);
    const int code =
        request.octets.empty() ? SQLITE_OK : write_through(file, request.octets, offset);
    if (code == SQLITE_OK && !request.octets.empty()) base::io_after(request);
    if (verdict.error == 0) return code;
    note_failure(ours(file).path, verdict.error);
    return full_or(SQLITE_IOERR_WRITE, verdict.error);
}

int truncate(sqlite3_file* file, sqlite3_int64 size)
{
    const base::IoRequest request{
        .call = IoCall::truncate,
        .path = ours(file).path,
        .offset = static_cast<std::uint64_t>(size)
    };
    return perform(request, SQLITE_IOERR_TRUNCATE, [&] {
        return system_methods(file).xTruncate(system_file(file), size);
    });
}

// Returns an I/O error whatever the errno is, never "full": after a failed sync the content of the
// disk is unknown.
int sync(sqlite3_file* file, int flags)
{
    auto& opened = ours(file);
    if (opened.unsynced_name && !synced_folder_of(opened.path)) return SQLITE_IOERR_DIR_FSYNC;
    opened.unsynced_name = false;
    const base::IoRequest request{.call = IoCall::sync, .path = opened.path};
    if (const auto verdict = base::io_before(request); verdict.error != 0) {
        note_failure(ours(file).path, verdict.error);
        return SQLITE_IOERR_FSYNC;
    }
    errno = 0;
    const int code = system_methods(file).xSync(system_file(file), flags);
    if (code == SQLITE_OK)
        base::io_after(request);
    else if (errno != 0)
        note_failure(ours(file).path, errno);
    return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size)
{
    return system_methods(file).xFileSize(system_file(file), size);
}
int lock(sqlite3_file* file, int level)
{
    return system_methods(file).xLock(system_file(file), level);
}
int unlock(sqlite3_file* file, int level)
{
    return system_methods(file).xUnlock(system_file(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* held)
{
    return system_methods(file).xCheckReservedLock(system_file(file), held);
}
int file_control(sqlite3_file* file, int operation, void* argument)
{
    return system_methods(file).xFileControl(system_file(file), operation, argument);
}
int sector_size(sqlite3_file* file)
{
    return system_methods(file).xSectorSize(system_file(file));
}
int device_characteristics(sqlite3_file* file)
{
    return system_methods(file).xDeviceCharacteristics(system_file(file));
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags)
{
    return system_methods(file).xShmLock(system_file(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file)
{
    system_methods(file).xShmBarrier(system_file(file));
}
int unmap_shared(sqlite3_file* file, int remove)
{
    return system_methods(file).xShmUnmap(system_file(file), remove);
}
int fetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** memory)
{
    return system_methods(file).xFetch(system_file(file), offset, size, memory);
}
int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* memory)
{
    return system_methods(file).xUnfetch(system_file(file), offset, memory);
}

constexpr sqlite3_io_methods methods_of(int version)
{
    return {
        .iVersion = version,
        .xClose = close,
        .xRead = read,
        .xWrite = write,
        .xTruncate = truncate,
        .xSync = sync,
        .xFileSize = file_size,
        .xLock = lock,
        .xUnlock = unlock,
        .xCheckReservedLock = check_reserved_lock,
        .xFileControl = file_control,
        .xSectorSize = sector_size,
        .xDeviceCharacteristics = device_characteristics,
        .xShmMap = map_shared,
        .xShmLock = lock_shared,
        .xShmBarrier = shared_barrier,
        .xShmUnmap = unmap_shared,
        .xFetch = fetch,
        .xUnfetch = unfetch
    };
}
// Offer the same io_methods version as the underlying file.
constexpr std::array methods{methods_of(1), methods_of(2), methods_of(3)};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out)
{
    auto* const system = system_files();
    // A temporary file has no name.
    if (name == nullptr) return system->xOpen(system, name, file, flags, flags_out);
    file->pMethods = nullptr; // SQLite closes nothing before the file is open
    std::error_code ignored;
    const bool exists = std::filesystem::exists(name, ignored);
    const base::IoRequest request{.call = exists ? IoCall::open : IoCall::create, .path = name};
    const bool writes = (flags & SQLITE_OPEN_READWRITE) != 0;
    if (const auto verdict = writes ? base::io_before(request) : base::IoVerdict();
        verdict.error != 0) {
        note_failure(name, verdict.error);
        return full_or(SQLITE_CANTOPEN, verdict.error);
    }
    auto* const opened = new (file) File();
    errno = 0;
    const int code = system->xOpen(system, name, system_file(opened), flags, flags_out);
    if (code != SQLITE_OK) {
        note_failure(name, errno);
        return full_or(code, errno);
    }
    if (writes) base::io_after(request);
    constexpr int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    opened->path = name;
    if ((flags & SQLITE_OPEN_WAL) != 0) opened->database = sqlite3_database_file_object(name);
    opened->unsynced_name = (flags & journals) != 0 && (flags & SQLITE_OPEN_CREATE) != 0;
    const auto version =
        static_cast<std::size_t>(std::clamp(system_methods(opened).iVersion, 1, 3));
    opened->pMethods = &methods[version - 1];
    return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* name, int sync_folder)
{
    const base::IoRequest request{.call = IoCall::unlink, .path = name};
    auto* const system = system_files();
    const int code =
        perform(request, SQLITE_IOERR_DELETE, [&] { return system->xDelete(system, name, 0); });
    if (code != SQLITE_OK || sync_folder == 0) return code;
    return synced_folder_of(name) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

const char* register_files()
{
    if (sqlite3_initialize() != SQLITE_OK || system_files() == nullptr) return nullptr;
    // Only opening and removing are ours. The system's other functions ignore the file system
    // object for which they are called.
    static sqlite3_vfs files = *system_files();
    files.pNext = nullptr;
    files.zName = "kurir";
    files.szOsFile += static_cast<int>(sizeof(File));
    files.xOpen = open;
    files.xDelete = remove;
    return sqlite3_vfs_register(&files, 0) == SQLITE_OK ? files.zName : nullptr;
}

} // namespace

std::string take_file_failure()
{
    if (last_failure.error == 0) return {};
    const auto text = std::string(last_failure.path.data()) + ": " +
                      std::generic_category().message(last_failure.error);
    last_failure.error = 0;
    return text;
}

const char* file_system()
{
    static const char* const name = register_files();
    return name;
}

} // namespace queue
