// SPDX-License-Identifier: Apache-2.0
// Error codes of the ebms library: the faults of an eb:Messaging header.
#pragma once

#include "base/errc.hpp"

namespace ebms {

enum class errc {
    // The header violates ebms-header-3_0-200704.xsd or a limit: EBMS:0009.
    invalid_header = 1,
    // The header has, for example, a second UserMessage or contradictory values: EBMS:0003.
    inconsistent,
    // The header uses PullRequest or multi-hop: EBMS:0008.
    unsupported,
};
const char* text(errc code);

} // namespace ebms

KURIR_ERROR_CODES(ebms)
