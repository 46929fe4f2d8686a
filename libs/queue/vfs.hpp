// SPDX-License-Identifier: Apache-2.0
// Puts SQLite's files behind the gate of base/io. Our file system lies over the system's, which
// does the work. Ours also syncs the folder of a new log or journal, because SQLite ignores a
// failure of its own folder sync.
#pragma once

#include <string>

namespace queue {

// Returns the name to open a database with, registered at the first call. nullptr: SQLite could not
// register it. The gate is not asked for locks and temporary files, which have no name. For the
// log's shared memory (kurir.db-shm, made anew after a crash) it is asked only before that memory
// grows.
const char* file_system();

// Returns "PATH: text of the errno" of this thread's last failed call on one of these files, and
// forgets it. SQLite's own texts have neither. Empty: no call has failed since.
std::string take_file_failure();

} // namespace queue
