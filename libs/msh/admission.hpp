// SPDX-License-Identifier: Apache-2.0
// Decides whether a request may come in, before its body is read or spooled.
#pragma once

#include "msh/state.hpp"

#include <variant>

namespace msh {

// A slot, held while the request is processed; or the reason for the refusal, already counted.
using Admission = std::variant<Slot, Shortage>;
// During a backlog, a submission waits for at most Watermarks::backlog_wait. So clients that submit
// steadily are slowed down instead of refused.
asio::awaitable<Admission> admit_submission(std::shared_ptr<State> state, http::Request& request);
void admit_waiting(State& state); // lets waiting submissions in, as far as there is room
// Admits a message. A small request may be a receipt, which ends work. So during a shortage it is
// read too, unless the free disk is exhausted. `only_signals` then has the shortage, and the caller
// must refuse a UserMessage.
Admission admit_message(
    const std::shared_ptr<State>& state, http::Request& request,
    std::optional<Shortage>& only_signals
);

// Call on a thread of State::intake. Lowers the thread's CPU priority for good, so that accepting
// new messages does not slow down sending.
void give_way();

// Measures disk and queue every second. Logs the start and the end of each shortage once, however
// many requests are refused in between.
asio::awaitable<void> watch_loop(std::shared_ptr<State> state);

} // namespace msh
