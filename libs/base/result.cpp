// SPDX-License-Identifier: Apache-2.0
// The text form of an error: what the code says, and which thing it was about.
#include "base/result.hpp"

namespace base {

std::string Error::text() const
{
    std::string result = code.message();
    if (!detail.empty()) result += " (" + detail + ")";
    return result;
}

} // namespace base
