// SPDX-License-Identifier: Apache-2.0
// Errors of ebms: what is wrong with an eb:Messaging header.
#pragma once

#include "base/errc.hpp"

namespace ebms {

enum class errc {
    invalid_header = 1, // not built as ebms-header-3_0-200704.xsd has it: EBMS:0009
    inconsistent,       // a second UserMessage, values that contradict each other: EBMS:0003
    unsupported,        // PullRequest, split and join, multi-hop: EBMS:0008
};
const char* text(errc code);

} // namespace ebms

KURIR_ERROR_CODES(ebms)
