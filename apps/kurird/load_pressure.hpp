// SPDX-License-Identifier: Apache-2.0
// Judges [pressure], and how long messages and their repeats are accepted.
#pragma once

#include "kurird/findings.hpp"

#include <string>

namespace kurird {

void check_pressure(const Config& config, Findings& findings);
// receive.max_timestamp_age and max_timestamp_ahead against duplicate_window.
void check_repeats(const Config& config, Findings& findings);
// For `kurird --check`.
std::string describe_pressure(const Config& config);

} // namespace kurird
