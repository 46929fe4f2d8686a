// SPDX-License-Identifier: Apache-2.0
// Between two counts the figure may be off by what happened while the store counted.
#include "msh/backlog.hpp"

#include <algorithm>
#include <limits>

namespace msh {

namespace {

constexpr std::uint64_t most_room = 64; // what left long ago lets no crowd in now
constexpr base::Duration soon = std::chrono::seconds(5);

} // namespace

void Backlog::count(const queue::Counts& counts, const Most& most)
{
    peers_.clear();
    for (const auto& [peer, messages] : most)
        peers_[peer].most = messages;
    waiting_ = 0;
    for (const auto& each : counts.of) {
        const auto found = peers_.find(each.peer);
        if (each.state != queue::State::queued || found == peers_.end()) continue;
        found->second.waiting = each.messages;
        waiting_ += std::min(each.messages, found->second.most);
    }
    // Not beside what left: the backlog would grow by it for as long as it is long.
    if (left_ < least_) room_ = std::max(room_, least_ - left_);
    left_ = 0;
}

void Backlog::added(const std::string& peer)
{
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    if (++found->second.waiting <= found->second.most) ++waiting_;
}

void Backlog::left(const std::string& peer)
{
    const auto found = peers_.find(peer);
    if (found == peers_.end()) return;
    ++left_;
    if (is_long()) room_ = std::min(room_ + 1, most_room);
    auto& [most, waiting] = found->second;
    if (waiting == 0) return;
    if (waiting <= most) --waiting_;
    --waiting;
}

bool Backlog::admit()
{
    if (!is_long()) return true;
    if (room_ == 0) return false;
    --room_;
    return true;
}

std::uint64_t taken_soon(std::size_t places, base::Duration exchange)
{
    if (exchange <= base::Duration()) return std::numeric_limits<std::uint64_t>::max();
    return places * static_cast<std::uint64_t>(soon / exchange);
}

} // namespace msh
