// SPDX-License-Identifier: Apache-2.0
// A random UUID whose first 48 bits are the time instead.
#include "base/ordered_id.hpp"

#include "base/id.hpp"

namespace base {

std::string ordered_uuid(Time at)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = uuid();
    auto left = static_cast<std::uint64_t>(to_millis(at));
    for (std::size_t position = 13; position-- > 0; left >>= 4) { // the last digit first
        if (position == 8) --position;                            // the dash
        text[position] = digits[left & 0xF];
    }
    text[14] = '7'; // [RFC 9562 5.7] version; the variant is that of version 4
    return text;
}

} // namespace base
