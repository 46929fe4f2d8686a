// SPDX-License-Identifier: Apache-2.0
// The gates: calls that fail, and calls that are kept.
#include "support/disk.hpp"

namespace support {
namespace {

using base::IoCall;

bool is_sync(IoCall call)
{
    return call == IoCall::sync || call == IoCall::sync_folder;
}

} // namespace

std::string to_text(IoCall call)
{
    switch (call) {
    case IoCall::create:
        return "create";
    case IoCall::open:
        return "open";
    case IoCall::read:
        return "read";
    case IoCall::write:
        return "write";
    case IoCall::truncate:
        return "truncate";
    case IoCall::sync:
        return "sync";
    case IoCall::sync_folder:
        return "sync_folder";
    case IoCall::rename:
        return "rename";
    case IoCall::link:
        return "link";
    case IoCall::unlink:
        return "unlink";
    case IoCall::make_folder:
        return "make_folder";
    }
    return "?";
}

base::IoVerdict FaultyDisk::before(const base::IoRequest& request)
{
    const std::lock_guard lock(mutex_);
    if (is_sync(request.call) && unsynced_.contains(request.path))
        synced_again_.emplace(request.path);
    const bool counts =
        fault_.only ? request.call == *fault_.only : (request.call == IoCall::read) == fault_.reads;
    if (!counts || fault_.nth == 0) {
        calls_ += counts ? 1 : 0;
        return {};
    }
    ++calls_;
    if (calls_ < fault_.nth || (calls_ > fault_.nth && !fault_.for_ever)) return {};
    if (failed_.empty()) failed_ = to_text(request.call) + " " + std::string(request.path);
    if (is_sync(request.call)) unsynced_.emplace(request.path);
    const bool torn = fault_.torn && request.call == IoCall::write;
    return {.error = fault_.error, .written = torn ? request.octets.size() / 2 : 0};
}

std::uint64_t FaultyDisk::calls() const
{
    const std::lock_guard lock(mutex_);
    return calls_;
}

std::string FaultyDisk::failed() const
{
    const std::lock_guard lock(mutex_);
    return failed_;
}

bool FaultyDisk::sync_failed() const
{
    const std::lock_guard lock(mutex_);
    return !unsynced_.empty();
}

std::set<std::string> FaultyDisk::synced_again() const
{
    const std::lock_guard lock(mutex_);
    return synced_again_;
}

RecordingDisk::RecordingDisk(std::filesystem::path folder, Fault fault)
    : folder_(folder.string()), faults_(fault)
{
}

base::IoVerdict RecordingDisk::before(const base::IoRequest& request)
{
    const auto verdict = faults_.before(request);
    if (verdict.error != 0 && is_sync(request.call)) keep(request, true);
    return verdict;
}

void RecordingDisk::after(const base::IoRequest& request)
{
    keep(request, false);
}

void RecordingDisk::keep(const base::IoRequest& request, bool failed)
{
    if (request.path != folder_ && !request.path.starts_with(folder_ + "/")) return;
    const std::lock_guard lock(mutex_);
    calls_.push_back(
        {.call = request.call,
         .path = std::string(request.path),
         .target = std::string(request.target),
         .offset = request.offset,
         .octets = base::Bytes(request.octets),
         .failed = failed}
    );
}

std::size_t RecordingDisk::size() const
{
    const std::lock_guard lock(mutex_);
    return calls_.size();
}

std::vector<DiskCall> RecordingDisk::calls() const
{
    const std::lock_guard lock(mutex_);
    return calls_;
}

} // namespace support
