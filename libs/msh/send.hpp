// SPDX-License-Identifier: Apache-2.0
// Sends one claimed message once, gives it back, or ends it because its time to live is over.
#pragma once

#include "msh/scheduler.hpp"
#include "msh/state.hpp"

namespace msh {

// Sends the message once and settles the result. Sends nothing and counts no attempt without a
// configured peer, a permission, valid certificates or time left. Returns what the result says
// about the destination.
asio::awaitable<Scheduler::End>
send(std::shared_ptr<State> state, queue::Job job, Scheduler::Permission permission);

// The longest wait before a next attempt. A due time further away was stored by a clock that has
// been set back since.
base::Duration max_wait(const State& state);

} // namespace msh
