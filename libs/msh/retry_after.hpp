// SPDX-License-Identifier: Apache-2.0
// The Retry-After field of an HTTP answer (RFC 9110 10.2.3): what a peer asks for that cannot take
// a message now.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace msh {

// Seconds, or an IMF-fixdate seen from `now`; nothing if it is neither. Never negative.
std::optional<base::Duration> retry_after(std::string_view field, base::Time now);

} // namespace msh
