// SPDX-License-Identifier: Apache-2.0
// What was answered by a store, and so must be there afterwards, whatever happened.
#pragma once

#include "queue/queue.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace queue {

// What must be there of a message.
struct Known {
    Direction direction = Direction::outbound;
    State state = State::queued;
    base::Bytes envelope;
    std::vector<base::Bytes> payloads;
    bool payload_gone = false; // by retention
    base::Bytes receipt;
    int attempts = 0;
    std::optional<std::string> lease; // nothing: any
};
using Ledger = std::map<std::string, Known>; // by id

// In words; empty: the store holds this and nothing else, its payload files are those of its rows,
// and SQLite finds it whole.
std::string difference(Queue& queue, const base::Path& folder, const Ledger& ledger);

} // namespace queue
