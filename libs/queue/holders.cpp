// SPDX-License-Identifier: Apache-2.0
// SQLite's locks are POSIX locks on octets of two files. /proc/locks lists them by inode. The
// offsets are those of SQLite's file formats.
#include "queue/holders.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <unistd.h>

namespace queue {
namespace {

using Hold = Holder::Hold;

struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool meets(const Range& other) const { return first <= other.last && other.first <= last; }
};
// In kurir.db: PENDING, RESERVED and SHARED. A write lock in this range locks the whole database.
constexpr Range database_locks{0x4000'0000, 0x4000'0000 + 511};
// In kurir.db-shm. Read mark 0 is left out: its readers read the database alone and keep nothing in
// the log.
constexpr Range write_lock{120, 120};
constexpr Range read_marks{124, 127};

// A line of /proc/locks: "1: POSIX  ADVISORY  WRITE 4711 fe:00:5309759 120 120".
struct LockLine {
    bool write = false;
    int pid = 0;
    base::FileIdentity file;
    Range range;
};

std::optional<std::uint64_t> number(std::string_view text, int radix = 10)
{
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value, radix);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

// Returns st_dev as stat(2) has it (glibc's makedev).
std::uint64_t device(std::uint64_t major, std::uint64_t minor)
{
    return (major & 0xfff) << 8 | (major & ~0xfffULL) << 32 | (minor & 0xff) |
           (minor & ~0xffULL) << 12;
}

std::optional<base::FileIdentity> file_of(std::string_view text)
{
    const auto first = text.find(':');
    const auto second = text.rfind(':');
    if (first == std::string_view::npos || second == first) return std::nullopt;
    const auto major = number(text.substr(0, first), 16);
    const auto minor = number(text.substr(first + 1, second - first - 1), 16);
    const auto inode = number(text.substr(second + 1));
    if (!major || !minor || !inode) return std::nullopt;
    return base::FileIdentity{.device = device(*major, *minor), .inode = *inode};
}

std::optional<LockLine> read_line(const std::string& text)
{
    std::istringstream words(text);
    std::string index;
    std::string kind;
    std::string mode;
    std::string access;
    std::string pid;
    std::string file;
    std::string first;
    std::string last;
    words >> index >> kind >> mode >> access >> pid >> file >> first >> last;
    const auto process = number(pid); // -1 or 0: a process of another namespace
    const auto identity = file_of(file);
    const auto begin = number(first);
    const auto end = last == "EOF" ? std::optional(UINT64_MAX) : number(last);
    if (kind != "POSIX" || !process || *process == 0 || !identity || !begin || !end)
        return std::nullopt;
    return LockLine{
        .write = access == "WRITE",
        .pid = static_cast<int>(*process),
        .file = *identity,
        .range = {*begin, *end}
    };
}

// Reads to the end, at most 4 MiB: files of /proc report no size, and their lines may change during
// the read.
std::string text_of(const base::Path& file)
{
    constexpr std::size_t max = 4 << 20;
    auto opened = base::File::open(file);
    if (!opened) return {};
    std::string text;
    std::string buffer(64 << 10, '\0');
    while (text.size() < max) {
        const auto got = opened->read(buffer.data(), buffer.size());
        if (!got || *got == 0) break;
        text.append(buffer, 0, *got);
    }
    return text;
}

bool has_open(const base::Path& descriptors, const base::Path& database)
{
    std::error_code failed;
    auto entries = std::filesystem::directory_iterator(descriptors, failed);
    if (failed) return false; // process of another user, or ended
    for (; entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
        if (failed) return false;
        const auto target = std::filesystem::read_symlink(entries->path(), failed);
        if (!failed && target == database) return true;
    }
    return false;
}

std::map<int, Hold> locks_on(const base::Path& database, const base::Path& proc)
{
    const auto main = base::identity_of(database);
    const auto index = base::identity_of(base::Path(database) += "-shm");
    std::map<int, Hold> found;
    const auto is = [&](const LockLine& line, const base::Result<base::FileIdentity>& file) {
        if (!file || line.file.inode != file->inode) return false;
        // Some file systems (btrfs, overlayfs) have another device in /proc/locks than in stat().
        // Then the process counts if it has the database open.
        return line.file == *file || has_open(proc / std::to_string(line.pid) / "fd", database);
    };
    std::istringstream lines(text_of(proc / "locks"));
    for (std::string text; std::getline(lines, text);) {
        const auto line = read_line(text);
        if (!line) continue;
        const bool of_main = is(*line, main);
        const bool of_index = is(*line, index);
        std::optional<Hold> hold;
        if (of_main || of_index) hold = Hold::open;
        if (of_index && line->range.meets(read_marks)) hold = Hold::snapshot;
        if (of_index && line->write && line->range.meets(write_lock)) hold = Hold::lock;
        if (of_main && line->write && line->range.meets(database_locks)) hold = Hold::lock;
        if (hold) found[line->pid] = std::max(found[line->pid], *hold);
    }
    return found;
}

void add_open(const base::Path& database, const base::Path& proc, std::map<int, Hold>& found)
{
    std::error_code failed;
    auto entries = std::filesystem::directory_iterator(proc, failed);
    if (failed) return;
    for (; entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
        if (failed) return;
        const auto pid = number(entries->path().filename().native());
        if (pid && has_open(entries->path() / "fd", database))
            found.try_emplace(static_cast<int>(*pid));
    }
}

} // namespace

std::vector<Holder> holders_of(const base::Path& file, const base::Path& proc)
{
    std::error_code missing;
    const auto real = std::filesystem::canonical(file, missing);
    const auto& database = missing ? file : real;
    auto found = locks_on(database, proc);
    add_open(database, proc, found);
    found.erase(::getpid());
    std::vector<Holder> holders;
    for (const auto& [pid, hold] : found) {
        const auto name = text_of(proc / std::to_string(pid) / "comm");
        holders.push_back({.pid = pid, .name = std::string(base::trim(name)), .hold = hold});
    }
    std::ranges::stable_sort(holders, std::ranges::greater(), &Holder::hold);
    return holders;
}

std::string
describe(const std::vector<Holder>& holders, Holder::Hold min, const base::Path& database)
{
    std::string text;
    for (const auto& holder : holders) {
        if (holder.hold < min || holder.hold != holders.front().hold) break;
        text += (text.empty() ? "pid " : ", pid ") + std::to_string(holder.pid);
        if (!holder.name.empty()) text += " (" + holder.name + ")";
    }
    if (!text.empty()) return text;
    return "a process that cannot be seen from here: as root, run fuser -v " + database.string();
}

} // namespace queue
