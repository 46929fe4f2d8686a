// SPDX-License-Identifier: Apache-2.0
// Between two counts, the figure may be off by the changes made while the store counted.
#include "msh/backlog.hpp"

#include <algorithm>
#include <limits>

namespace msh {

namespace {

constexpr std::uint64_t max_room = 64; // bounds the burst that earlier departures can admit
constexpr base::Duration soon = std::chrono::seconds(5);

} // namespace

void Backlog::count(const queue::Counts& counts, const Limits& max)
{
    peers_.clear();
    for (const auto& [peer, messages] : max)
        peers_[peer].limit = messages;
    waiting_ = 0;
    for (const auto& each : counts.of) {
        const auto found = peers_.find(each.peer);
        if (each.state != queue::State::queued || found == peers_.end()) continue;
        found->second.waiting = each.messages;
        waiting_ += std::min(each.messages, found->second.limit);
    }
    // Top up to the minimum instead of adding it to the departures; adding would let the backlog
    // grow without end.
    if (left_ < min_) room_ = std::max(room_, min_ - left_);
    left_ = 0;
}

void Backlog::added(const std::string& peer)
{
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    if (++found->second.waiting <= found->second.limit) ++waiting_;
}

void Backlog::left(const std::string& peer)
{
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    ++left_;
    if (is_long()) room_ = std::min(room_ + 1, max_room);
    auto& [max, waiting] = found->second;
    if (waiting == 0) return;
    if (waiting <= max) --waiting_;
    --waiting;
}

bool Backlog::admit()
{
    if (!is_long()) return true;
    if (room_ == 0) return false;
    --room_;
    return true;
}

std::uint64_t taken_soon(std::size_t slots, base::Duration exchange)
{
    if (exchange <= base::Duration()) return std::numeric_limits<std::uint64_t>::max();
    return slots * static_cast<std::uint64_t>(soon / exchange);
}

} // namespace msh
