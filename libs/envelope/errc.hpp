// SPDX-License-Identifier: Apache-2.0
// Errors of envelope.
#pragma once

#include "base/errc.hpp"

namespace envelope {

enum class errc {
    not_xhe = 1, // the document element is not XHE 1.0
    incomplete,  // a value that routing needs is missing, empty, repeated or too long; the detail
                 // names it
    wrong_value, // a value that the profile fixes is another; the detail names it
};
const char* text(errc code);

} // namespace envelope

KURIR_ERROR_CODES(envelope)
