// SPDX-License-Identifier: Apache-2.0
// Who must act on an attempt that failed, and how, by the cause: for the log.
#pragma once

#include "msh/judge.hpp"

namespace msh {

// "peer: …" or "operator: …"; empty if nobody has to. The peer's error decides by the code that
// decides the message (deciding_error()), our own verdict by its code.
std::string who_acts(const Outcome& outcome);

} // namespace msh
