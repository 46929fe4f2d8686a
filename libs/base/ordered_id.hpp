// SPDX-License-Identifier: Apache-2.0
// Identifiers that begin with their creation time (UUIDs of RFC 9562 version 7). Consecutive
// identifiers are neighbours in an index, so the cost of an insertion does not grow with the table.
// Do not use them for secrets, because they reveal the time.
#pragma once

#include "base/time.hpp"

#include <string>

namespace base {

// Returns a UUID with the given time; 74 bits are random.
std::string ordered_uuid(Time at);
} // namespace base
