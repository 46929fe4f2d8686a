// SPDX-License-Identifier: Apache-2.0
// How many messages wait for their first attempt, counted by the store now and then and followed in
// between. While there are too many, as many submissions are taken in as messages leave: taking in
// costs what sending needs. Pure.
#pragma once

#include "queue/records.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace msh {

class Backlog {
public:
    // More than `mark` waiting messages are too many. `least` may come in after each count,
    // whatever leaves, so that nothing hangs on what nobody foresaw.
    Backlog(std::uint64_t mark, std::uint64_t least) : mark_(mark), least_(least) {}

    // What the store says. Only what waits for these `peers` counts: for others it may wait though
    // sending is fast.
    void count(const queue::Counts& counts, std::set<std::string> peers);
    void added(const std::string& peer); // a message for it was kept
    void left(const std::string& peer);  // a message has its first attempt, or is over without one

    bool is_long() const { return waiting_ > mark_; }
    // Whether a submission may come in. While the backlog is long each that may uses up what one
    // that left made room for.
    bool admit();

private:
    std::uint64_t mark_;
    std::uint64_t least_;
    std::uint64_t waiting_ = 0;
    std::uint64_t room_ = 0; // submissions that may come in while the backlog is long
    std::set<std::string> peers_;
};

} // namespace msh
