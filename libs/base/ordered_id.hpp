// SPDX-License-Identifier: Apache-2.0
// Identifiers that begin with their time (RFC 9562 version 7): those made one after the other stand
// together in an index, so that a new one costs the same among a million. Not for secrets: the time
// can be read from them.
#pragma once

#include "base/time.hpp"

#include <string>

namespace base {

std::string ordered_uuid(Time at); // 74 bits of it are random
} // namespace base
