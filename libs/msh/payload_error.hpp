// SPDX-License-Identifier: Apache-2.0
// Translates the error of a payload file that cannot be read.
#pragma once

#include "base/result.hpp"

namespace msh {

// Returns queue::errc::payload_lost, with what to do, if the file is missing or its content has
// changed. Returns any other error unchanged.
base::Error payload_error(base::Error error);

} // namespace msh
