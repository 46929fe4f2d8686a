// SPDX-License-Identifier: Apache-2.0
// How many messages wait for their first attempt because sending is slow, counted by the store now
// and then and followed in between. While there are too many, as many submissions are taken in as
// messages leave: taking in costs what sending needs. Pure.
#pragma once

#include "queue/records.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace msh {

class Backlog {
public:
    // More than `mark` waiting messages are too many. At least `least` submissions may come in from
    // one count to the next, whatever leaves, so that nothing hangs on what nobody foresaw.
    Backlog(std::uint64_t mark, std::uint64_t min) : mark_(mark), min_(min) {}

    // Messages for a peer of which no more than so many wait because we are slow: the others wait
    // for the peer. A peer without an entry gets nothing now.
    using Limits = std::map<std::string, std::uint64_t>;
    void count(const queue::Counts& counts, const Limits& max); // what the store says
    void added(const std::string& peer);                        // a message for it was kept
    void left(const std::string& peer); // a message has its first attempt, or is over without one

    bool is_long() const { return waiting_ > mark_; }
    // Whether a submission may come in. While the backlog is long each that may uses up what one
    // that left made room for.
    bool admit();

private:
    struct Peer {
        std::uint64_t limit = 0;
        std::uint64_t waiting = 0;
    };

    std::uint64_t mark_;
    std::uint64_t min_;
    std::map<std::string, Peer> peers_;
    std::uint64_t waiting_ = 0; // of each peer at most its most
    std::uint64_t room_ = 0;    // submissions that may come in while the backlog is long
    std::uint64_t left_ = 0;    // messages, since the last count
};

// How many messages a peer takes in a few seconds: with more waiting for it, it is slow itself.
// `exchange`: what one takes, 0 = not known yet; `places`: exchanges at once.
std::uint64_t taken_soon(std::size_t slots, base::Duration exchange);

} // namespace msh
