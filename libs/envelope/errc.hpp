// SPDX-License-Identifier: Apache-2.0
// Error codes of the envelope library.
#pragma once

#include "base/errc.hpp"

namespace envelope {

enum class errc {
    // The document element is not XHE 1.0.
    not_xhe = 1,
    // A header value is missing, empty, repeated, too long or has elements inside. The detail names
    // the value.
    incomplete,
    // A value differs from the one that the profile requires. The detail names the value.
    wrong_value,
};
const char* text(errc code);

} // namespace envelope

KURIR_ERROR_CODES(envelope)
