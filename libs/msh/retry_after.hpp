// SPDX-License-Identifier: Apache-2.0
// The Retry-After field of an HTTP answer (RFC 9110 10.2.3): how long a peer asks us to wait.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace msh {

// Accepts a number of seconds or an IMF-fixdate, which is taken relative to `now`. Returns nothing
// for any other text. Never negative.
std::optional<base::Duration> retry_after(std::string_view field, base::Time now);

} // namespace msh
