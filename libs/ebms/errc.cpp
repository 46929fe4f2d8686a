// SPDX-License-Identifier: Apache-2.0
// The text of each error code of the ebms library.
#include "ebms/errc.hpp"

namespace ebms {

const char* text(errc code)
{
    switch (code) {
    case errc::invalid_header:
        return "eb:Messaging is not built as the schema has it";
    case errc::inconsistent:
        return "values in eb:Messaging contradict each other or the specification";
    case errc::unsupported:
        return "feature of ebMS not supported";
    }
    return "unknown error of ebms";
}

} // namespace ebms
