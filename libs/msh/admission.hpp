// SPDX-License-Identifier: Apache-2.0
// The doors' first question, before a body is read or anything of it spooled: may more come in?
#pragma once

#include "msh/state.hpp"

#include <variant>

namespace msh {

// A place, held while the request is worked on; or why there is none now, which has been counted.
using Admission = std::variant<Slot, Shortage>;
// While sending is behind, submissions wait in line for a while: clients that keep to their pace
// are slowed down, not sent away.
asio::awaitable<Admission> admit_submission(std::shared_ptr<State> state, http::Request& request);
void admit_waiting(State& state); // those who wait and may come in now
// What is small may be a receipt, which ends work: while disk or work are short it is read all the
// same, and `only_signals` says that nothing else in it is taken.
Admission admit_message(
    const std::shared_ptr<State>& state, http::Request& request,
    std::optional<Shortage>& only_signals
);

// On a thread of State::intake: from now on it gives way, on the processor too, to what empties the
// queue. Otherwise taking more in than can be sent would slow down sending itself.
void give_way();

// Measures disk and queue every second, and logs what begins and ends to be short: once each,
// however many are refused in between.
asio::awaitable<void> watch_loop(std::shared_ptr<State> state);

} // namespace msh
