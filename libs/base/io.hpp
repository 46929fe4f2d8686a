// SPDX-License-Identifier: Apache-2.0
// A gate that tests install to simulate disk failures. base/file and SQLite's file layer
// (queue/vfs) ask the gate before each read and before each call that changes the disk. A test's
// gate can fail the N-th call, fill the disk, tear a write, or record what a power cut would leave.
// In production there is no gate; only writes and syncs are counted. Lock files and SQLite's shared
// memory bypass the gate, because a restart does not need their content.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace base {

enum class IoCall {
    create,      // a new file
    open,        // an existing file, for writing
    read,        // calls before() only, never after()
    write,       // `octets` at `offset`
    truncate,    // to length `offset`
    sync,        // the content of a file
    sync_folder, // the names in a folder
    rename,      // `path` to `target`
    link,        // `target` becomes a second name of `path`
    unlink,
    make_folder
};

struct IoRequest {
    IoCall call = IoCall::write;
    std::string_view path;
    std::string_view target = {}; // for rename and link
    std::uint64_t offset = 0;
    BytesView octets = {}; // for write
};

// The gate's answer. Error 0 lets the call proceed. Another value is the errno with which the call
// fails. A failing write first writes `written` octets.
struct IoVerdict {
    int error = 0;
    std::size_t written = 0;
};

class IoGate {
public:
    virtual ~IoGate() = default;
    // Called before the system call, on any thread.
    virtual IoVerdict before(const IoRequest& request) = 0;
    // Called after a system call that succeeded.
    virtual void after(const IoRequest& request) = 0;
};

// Installs the gate of the whole process; nullptr removes it. There is one per process because
// SQLite's file layers are global too. Call this before the files are opened.
void set_io_gate(IoGate* gate);
IoVerdict io_before(const IoRequest& request);
void io_after(const IoRequest& request);

// Totals since the start of the process.
struct IoCounts {
    std::uint64_t writes = 0;
    std::uint64_t written = 0; // octets
    std::uint64_t syncs = 0;   // of files and folders
};
IoCounts io_counts();

} // namespace base
