// SPDX-License-Identifier: Apache-2.0
// SQLite's files behind the gate of base/io: a file system of ours over the system's own, which
// does the work. It also syncs the folder of a new log or journal itself, since SQLite ignores it
// when that fails.
#pragma once

#include <string>

namespace queue {

// The name to open a database with; registered at the first call. nullptr: SQLite could not.
// Locks and the shared memory of the log (kurir.db-shm, made anew after a crash) are the system's
// alone; so are temporary files, which have no name.
const char* file_system();

// "PATH: text of the errno" of the last call of this thread that failed on one of these files,
// once: SQLite's own texts name neither. Empty: none failed since.
std::string take_file_failure();

} // namespace queue
