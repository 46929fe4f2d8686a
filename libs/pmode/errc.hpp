// SPDX-License-Identifier: Apache-2.0
// Errors of pmode.
#pragma once

#include "base/errc.hpp"

namespace pmode {

enum class errc {
    no_match = 1,   // no P-Mode for service, action, parties, agreement: EBMS:0010
    inconsistent,   // properties, payloads or values against the P-Mode: EBMS:0003
    unknown_preset, // a preset that does not exist; operator: mend the configuration
    unknown_peer,   // no [[peer]] serves this participant or has this party id
    invalid,        // values that cannot work together; the detail has the reason
    untyped_party,  // a PartyId without type that is no URI, where that is not tolerated: EBMS:0003
};
const char* text(errc code);

} // namespace pmode

KURIR_ERROR_CODES(pmode)
