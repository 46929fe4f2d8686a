// SPDX-License-Identifier: Apache-2.0
// How each peer's server is reached: what its table says, and [send] for the rest.
#pragma once

#include "kurird/findings.hpp"
#include "kurird/load.hpp"

namespace kurird {

// One for each [[peer]]. `send_tls` is that of [send].
http::Destinations
load_destinations(const Config& config, const TlsContext& send_tls, Findings& findings);

} // namespace kurird
