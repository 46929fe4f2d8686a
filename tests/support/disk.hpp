// SPDX-License-Identifier: Apache-2.0
// Disks that fail: gates for base/io. FaultyDisk refuses calls; RecordingDisk keeps every call, and
// Platter says from them what a power cut would leave.
#pragma once

#include "base/bytes.hpp"
#include "base/io.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace support {

// The gate for the life of this object.
class GateInPlace {
public:
    explicit GateInPlace(base::IoGate& gate) { base::set_io_gate(&gate); }
    GateInPlace(const GateInPlace&) = delete;
    ~GateInPlace() { base::set_io_gate(nullptr); }
};

std::string to_text(base::IoCall call);

// Which calls fail, and how.
struct Fault {
    std::uint64_t nth = 0;                 // from 1; 0: none
    bool for_ever = false;                 // from there on, else this one alone
    int error = 0;                         // an errno
    bool torn = false;                     // of a write that fails half is written all the same
    bool reads = false;                    // reads count, and nothing else; else all but reads
    std::optional<base::IoCall> only = {}; // only these count
};

class FaultyDisk final : public base::IoGate {
public:
    explicit FaultyDisk(Fault fault) : fault_(fault) {}
    base::IoVerdict before(const base::IoRequest& request) override;
    void after(const base::IoRequest&) override {}

    std::uint64_t calls() const; // that counted
    std::string failed() const;  // "sync kurir.db-wal": the first that did; empty: none
    bool sync_failed() const;
    // Files and folders that somebody tried to sync again after their sync failed.
    std::set<std::string> synced_again() const;

private:
    Fault fault_;
    mutable std::mutex mutex_; // guards all below
    std::uint64_t calls_ = 0;
    std::string failed_;
    std::set<std::string, std::less<>> unsynced_; // whose sync failed
    std::set<std::string> synced_again_;
};

// A call that changed the disk.
struct DiskCall {
    base::IoCall call = base::IoCall::write;
    std::string path;
    std::string target;
    std::uint64_t offset = 0;
    base::Bytes octets;
    bool failed = false; // only of a sync that the fault refused
};

// Keeps what happens to `folder` and below it, in order.
class RecordingDisk final : public base::IoGate {
public:
    explicit RecordingDisk(std::filesystem::path folder, Fault fault = {});
    base::IoVerdict before(const base::IoRequest& request) override;
    void after(const base::IoRequest& request) override;
    std::size_t size() const; // calls so far
    std::vector<DiskCall> calls() const;

private:
    void keep(const base::IoRequest& request, bool failed);
    std::string folder_; // its path
    FaultyDisk faults_;
    mutable std::mutex mutex_; // guards all below
    std::vector<DiskCall> calls_;
};

// What of the unsynced a power cut leaves.
struct Cut {
    enum class Kind {
        nothing, // none of it
        everything,
        some // each sector and each name or not, drawn by `seed`
    };
    Kind kind = Kind::nothing;
    std::uint32_t seed = 0;
    std::size_t sector = 512; // octets that are written whole or not at all
};

// What a disk holds for certain, and what it may hold. It assumes no more than POSIX: fsync of a
// file makes its octets and size durable, not its name; fsync of a folder makes the names in it
// durable. Until then each sector written, each change of size and each name may be there or not,
// in any order, but a rename within one folder happens whole, and a write touches only the sectors
// it covers, never octets beside it. A file longer than what was written has zeros there. What a
// failed sync did not write is never written later: the kernel holds it for clean. A failed sync of
// a folder leaves its names as they were, undecided.
class Platter {
public:
    // What is in the folder now is durable.
    explicit Platter(const std::filesystem::path& folder);
    // Of what a failed sync was to write, `cut` says how much reached the disk.
    void apply(const DiskCall& call, const Cut& cut);
    // Writes what is left of the folder into `into`, which is there and empty.
    void write_to(const std::filesystem::path& into, const Cut& cut) const;

private:
    struct Change { // of a file's octets
        std::uint64_t offset = 0;
        std::optional<base::Bytes> octets; // nothing: the file ends at offset
    };
    using Names = std::map<std::string, std::optional<std::size_t>>; // nothing: removed
    struct Node {
        bool folder = false;
        base::Bytes durable;
        std::vector<Change> unsynced;
        // Of a folder: what the running program sees, what is durable, what changed since.
        std::map<std::string, std::size_t> names;
        std::map<std::string, std::size_t> durable_names;
        std::vector<Names> unsynced_names; // each happens whole or not at all
    };
    struct Place {
        std::size_t folder = 0;
        std::string name;
    };
    static base::Bytes left_of(const Node& node, const Cut& cut, std::size_t of);
    void read(const std::filesystem::path& folder, std::size_t node);
    std::size_t add(bool folder);
    Place place(const std::string& path) const;
    std::size_t node(const std::string& path) const;
    void name(const Place& place, std::optional<std::size_t> node);
    void rename(const Place& from, const Place& to);
    void write_folder(std::size_t node, const std::filesystem::path& into, const Cut& cut) const;

    std::string folder_;
    std::vector<Node> nodes_; // the first is the folder
    std::size_t applied_ = 0;
};

} // namespace support
