// SPDX-License-Identifier: Apache-2.0
// Short texts of pmode's error codes.
#include "pmode/errc.hpp"

namespace pmode {

const char* text(errc code)
{
    switch (code) {
    case errc::no_match:
        return "no P-Mode for this message";
    case errc::inconsistent:
        return "message is not as its P-Mode has it";
    case errc::unknown_preset:
        return "no P-Mode preset of this name";
    case errc::unknown_peer:
        return "no peer for this participant or party";
    case errc::invalid:
        return "values of P-Modes or peers cannot work together";
    case errc::untyped_party:
        return "a party id without a type is no URI";
    }
    return "unknown error of pmode";
}

} // namespace pmode
