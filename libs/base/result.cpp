// SPDX-License-Identifier: Apache-2.0
// The text form of an error: the text of its code, then the detail in parentheses.
#include "base/result.hpp"

namespace base {

std::string Error::text() const
{
    std::string result = code.message();
    if (!detail.empty()) result += " (" + detail + ")";
    return result;
}

} // namespace base
