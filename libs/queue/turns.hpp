// SPDX-License-Identifier: Apache-2.0
// Selection of due messages, in turns over the peers that have slots.
#pragma once

#include "queue/queue.hpp"
#include "queue/sqlite.hpp"

namespace queue {

using Slots = std::map<std::string, std::size_t, std::less<>>;

// Returns the sequences of messages that the claim may take, in the order of the turns.
base::Result<std::vector<std::int64_t>>
due_in_turns(Connection& database, const Queue::Claim& claim);
// Returns the due time of the next message to a peer with slots, or `now` if it is overdue.
// Nothing: no message waits.
base::Result<std::optional<base::Time>>
earliest_due(Connection& database, base::Time now, const Slots& slots, std::size_t default_slots);

} // namespace queue
