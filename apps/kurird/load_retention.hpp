// SPDX-License-Identifier: Apache-2.0
// The rules of retention, held against what else is configured; and in words.
#pragma once

#include "kurird/findings.hpp"

#include <string>

namespace kurird {

void check_retention(const Config& config, Findings& findings);
std::string describe_retention(const Config& config);

} // namespace kurird
