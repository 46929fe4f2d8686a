// SPDX-License-Identifier: Apache-2.0
// What a payload file that cannot be read means.
#pragma once

#include "base/result.hpp"

namespace msh {

// queue::errc::payload_lost, with what to do, if the file is missing or has other content than was
// written; any other error as it is.
base::Error payload_error(base::Error error);

} // namespace msh
