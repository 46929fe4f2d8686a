// SPDX-License-Identifier: Apache-2.0
// Number of messages that wait for their first attempt because our sending is slow. The store
// counts them now and then; in between, the number is tracked. While there are too many, only as
// many submissions are accepted as messages leave, because accepting takes resources from sending.
// Pure.
#pragma once

#include "queue/records.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace msh {

class Backlog {
public:
    // A backlog begins above `mark` waiting messages. At least `min` submissions may come in
    // between two counts, even if no message leaves, so that an unforeseen case cannot block all
    // submissions.
    Backlog(std::uint64_t mark, std::uint64_t min) : mark_(mark), min_(min) {}

    // Upper bound, per peer, of messages counted as our own backlog. The rest wait because the peer
    // is slow. A peer without an entry gets no messages now and counts nothing.
    using Limits = std::map<std::string, std::uint64_t>;
    void count(const queue::Counts& counts, const Limits& max); // takes the store's count
    void added(const std::string& peer);                        // a message for it was stored
    // A message was claimed for the first time: its first attempt begins, or it ends without one.
    void left(const std::string& peer);

    bool is_long() const { return waiting_ > mark_; }
    // Whether a submission may come in. During a backlog, each admitted submission uses up the room
    // that one leaving message made.
    bool admit();

private:
    struct Peer {
        std::uint64_t limit = 0;
        std::uint64_t waiting = 0;
    };

    std::uint64_t mark_;
    std::uint64_t min_;
    std::map<std::string, Peer> peers_;
    std::uint64_t waiting_ = 0; // sum over the peers, each up to its limit
    std::uint64_t room_ = 0;    // submissions that may come in during a backlog
    std::uint64_t left_ = 0;    // messages that left since the last count
};

// How many messages a peer accepts within five seconds. If more wait for it, the peer is the slow
// one. `exchange`: mean duration of an exchange, 0 = unknown; `slots`: concurrent exchanges.
std::uint64_t taken_soon(std::size_t slots, base::Duration exchange);

} // namespace msh
