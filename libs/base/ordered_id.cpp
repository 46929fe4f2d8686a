// SPDX-License-Identifier: Apache-2.0
// Replaces the first 48 bits of a random UUID with the time.
#include "base/ordered_id.hpp"

#include "base/id.hpp"

namespace base {

std::string ordered_uuid(Time at)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = uuid();
    auto left = static_cast<std::uint64_t>(to_millis(at));
    // Write from the last digit to the first.
    for (std::size_t position = 13; position-- > 0; left >>= 4) {
        if (position == 8) --position; // skip the dash
        text[position] = digits[left & 0xF];
    }
    text[14] = '7'; // [RFC 9562 5.7] the version; the variant is the same as in version 4
    return text;
}

} // namespace base
