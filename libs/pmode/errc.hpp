// SPDX-License-Identifier: Apache-2.0
// Errors of pmode.
#pragma once

#include "base/errc.hpp"

namespace pmode {

enum class errc {
    no_match = 1,   // no P-Mode fits parties, roles, agreement, MPC, service and action: EBMS:0010
    inconsistent,   // properties, payloads or values contradict the P-Mode: EBMS:0003
    unknown_preset, // no preset has this name; the operator must fix the configuration
    unknown_peer,   // no [[peer]] serves this participant or has this name
    invalid,        // values that cannot work together; the detail has the reason
    // A PartyId without type is not a URI, and the P-Mode does not accept that: EBMS:0003.
    untyped_party,
};
const char* text(errc code);

} // namespace pmode

KURIR_ERROR_CODES(pmode)
