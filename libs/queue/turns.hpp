// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: what is due, in turns over the peers that have places.
#pragma once

#include "queue/queue.hpp"
#include "queue/sqlite.hpp"

namespace queue {

using Slots = std::map<std::string, std::size_t, std::less<>>;

// Sequences of what the claim may have, in the order of the turns.
base::Result<std::vector<std::int64_t>>
due_in_turns(Connection& database, const Queue::Claim& claim);
// When the next message to a peer with places falls due, `now` if it is overdue; nothing if none
// waits.
base::Result<std::optional<base::Time>>
earliest_due(Connection& database, base::Time now, const Slots& slots, std::size_t default_slots);

} // namespace queue
