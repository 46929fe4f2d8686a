// SPDX-License-Identifier: Apache-2.0
// The text of each error code of the envelope library.
#include "envelope/errc.hpp"

namespace envelope {

const char* text(errc code)
{
    switch (code) {
    case errc::not_xhe:
        return "not an XHE document";
    case errc::incomplete:
        return "XHE header incomplete";
    case errc::wrong_value:
        return "XHE header has a wrong value";
    }
    return "unknown error of envelope";
}

} // namespace envelope
