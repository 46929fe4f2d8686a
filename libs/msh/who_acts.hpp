// SPDX-License-Identifier: Apache-2.0
// Decides who must act on a failed attempt, and how, for the log.
#pragma once

#include "msh/judge.hpp"

namespace msh {

// Returns text like "peer: …" or "operator: …"; empty if no one must act. For a peer's error, the
// code that decides the message counts (deciding_error()). For our own error, its code counts.
std::string who_acts(const Outcome& outcome);

} // namespace msh
