// SPDX-License-Identifier: Apache-2.0
// One claimed message goes out once, or is given back, or ends because its time is over.
#pragma once

#include "msh/scheduler.hpp"
#include "msh/state.hpp"

namespace msh {

// None goes out, and no attempt is counted, without a peer to send to, permission or time left.
// What it met is settled then; says what that tells of the destination.
asio::awaitable<Scheduler::End>
send(std::shared_ptr<State> state, queue::Job job, Scheduler::Permission permission);

// No next try is set further away than this: what is, a clock did that has been set back since.
base::Duration max_wait(const State& state);

} // namespace msh
