// SPDX-License-Identifier: Apache-2.0
// The gate before every call that changes what a disk holds, and before reads: base/file and SQLite
// (queue/vfs) ask it first. The product has no gate and counts only; tests put one there that fails
// the N-th call, fills the disk, tears a write, or records what a power cut would leave. Not asked:
// for lock files and SQLite's shared memory, which nobody misses after a crash.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace base {

enum class IoCall {
    create,      // of a file that was not there
    open,        // of one that was, to write
    read,        // asked only: nothing to tell afterwards
    write,       // octets at offset
    truncate,    // to offset
    sync,        // of a file's content
    sync_folder, // of the names in it
    rename,      // path to target
    link,        // target becomes a second name of path
    unlink,
    make_folder
};

struct IoRequest {
    IoCall call = IoCall::write;
    std::string_view path;
    std::string_view target = {}; // of rename and link
    std::uint64_t offset = 0;
    BytesView octets = {}; // of write
};

// What happens instead of the call, or also: nothing (error 0), or an errno after `written` octets.
struct IoVerdict {
    int error = 0;
    std::size_t written = 0;
};

class IoGate {
public:
    virtual ~IoGate() = default;
    // Before the call; any thread.
    virtual IoVerdict before(const IoRequest& request) = 0;
    // After one that succeeded.
    virtual void after(const IoRequest& request) = 0;
};

// One gate at a time, for the whole process, like SQLite's file systems; set before the files are
// opened. nullptr = none.
void set_io_gate(IoGate* gate);
IoVerdict io_before(const IoRequest& request);
void io_after(const IoRequest& request);

// Since the start of the process.
struct IoCounts {
    std::uint64_t writes = 0;
    std::uint64_t written = 0; // octets
    std::uint64_t syncs = 0;   // of files and folders
};
IoCounts io_counts();

} // namespace base
