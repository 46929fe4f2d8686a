// SPDX-License-Identifier: Apache-2.0
// Between two counts the figure may be off by what happened while the store counted.
#include "msh/backlog.hpp"

#include <algorithm>

namespace msh {

namespace {

constexpr std::uint64_t most_room = 64; // what left long ago lets no crowd in now

} // namespace

void Backlog::count(const queue::Counts& counts, std::set<std::string> peers)
{
    peers_ = std::move(peers);
    waiting_ = 0;
    for (const auto& each : counts.of)
        if (each.state == queue::State::queued && peers_.contains(each.peer))
            waiting_ += each.messages;
    room_ = std::max(room_, least_);
}

void Backlog::added(const std::string& peer)
{
    if (peers_.contains(peer)) ++waiting_;
}

void Backlog::left(const std::string& peer)
{
    if (!peers_.contains(peer)) return;
    if (is_long()) room_ = std::min(room_ + 1, most_room);
    waiting_ -= std::min<std::uint64_t>(waiting_, 1);
}

bool Backlog::admit()
{
    if (!is_long()) return true;
    if (room_ == 0) return false;
    --room_;
    return true;
}

} // namespace msh
