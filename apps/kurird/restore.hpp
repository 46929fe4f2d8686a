// SPDX-License-Identifier: Apache-2.0
// kurird --restore: a data folder from a backup, while nothing runs.
#pragma once

#include "kurird/config.hpp"

namespace kurird {

// Tells what came back and what to do about it, or why nothing did. The exit code.
int restore(const Config& config, const base::Path& backup, base::Time now);

} // namespace kurird
