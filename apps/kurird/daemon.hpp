// SPDX-License-Identifier: Apache-2.0
// The running access point: builds its objects in order, serves until a signal or until the store
// is lost, stops in order.
#pragma once

#include "kurird/config.hpp"
#include "kurird/load.hpp"

namespace kurird {

// `ready_file`, if not empty, gets the addresses as JSON once all doors listen. Returns the
// process' exit code.
int run(const Config& config, const Loaded& loaded, const base::Path& ready_file);

} // namespace kurird
