// SPDX-License-Identifier: Apache-2.0
// UUIDs directly from getrandom(2). A generator in this process would have a state, and a fork
// could make two processes repeat the same UUIDs.
#include "base/id.hpp"

#include "base/bytes.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sys/random.h>

namespace base {
namespace {

constexpr std::array<std::size_t, 4> dash_positions = {8, 13, 18, 23};

} // namespace

std::string uuid()
{
    std::array<char, 16> octets{};
    std::size_t filled = 0;
    while (filled < octets.size()) {
        const ssize_t got = ::getrandom(octets.data() + filled, octets.size() - filled, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) std::abort(); // repeated identifiers would lose messages
        filled += static_cast<std::size_t>(got);
    }
    octets[6] = static_cast<char>((octets[6] & 0x0F) | 0x40); // [RFC 4122 4.4] version 4
    octets[8] = static_cast<char>((octets[8] & 0x3F) | 0x80); // [RFC 4122 4.4] variant
    std::string text = hex(BytesView(octets.data(), octets.size()));
    for (const std::size_t position : dash_positions)
        text.insert(position, 1, '-');
    return text;
}

bool is_uuid(std::string_view text)
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        const bool digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !digit) return false;
    }
    return true;
}

} // namespace base
