// SPDX-License-Identifier: Apache-2.0
// The gate and the counters. Without a gate, the check costs one load of a pointer.
#include "base/io.hpp"

#include <atomic>

namespace base {
namespace {

std::atomic<IoGate*> current = nullptr;
std::atomic<std::uint64_t> writes = 0;
std::atomic<std::uint64_t> written = 0;
std::atomic<std::uint64_t> syncs = 0;

void count(const IoRequest& request)
{
    constexpr auto order = std::memory_order_relaxed;
    switch (request.call) {
    case IoCall::write:
        writes.fetch_add(1, order);
        written.fetch_add(request.octets.size(), order);
        return;
    case IoCall::sync:
    case IoCall::sync_folder:
        syncs.fetch_add(1, order);
        return;
    default:
        return;
    }
}

} // namespace

void set_io_gate(IoGate* gate)
{
    current = gate;
}

IoVerdict io_before(const IoRequest& request)
{
    IoGate* const gate = current;
    return gate == nullptr ? IoVerdict() : gate->before(request);
}

void io_after(const IoRequest& request)
{
    count(request);
    if (IoGate* const gate = current; gate != nullptr) gate->after(request);
}

IoCounts io_counts()
{
    return {writes, written, syncs};
}

} // namespace base
