// SPDX-License-Identifier: Apache-2.0
// PROXY preambles written by hand, field by field as proxy-protocol.txt 2.2 lays them out.
#pragma once

#include <string>

inline std::string two_octets(std::size_t value)
{
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

inline std::string preamble(char version_and_command, char family, const std::string& rest)
{
    return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + version_and_command + family +
           two_octets(rest.size()) + rest;
}

// From 192.0.2.7:4660 to 198.51.100.1:443.
inline const std::string tcp4_addresses =
    std::string("\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x34\x01\xbb", 12);
// From [2001:db8::7]:4660 to [2001:db8::1]:443.
inline const std::string tcp6_addresses =
    std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) +
    std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x34\x01\xbb", 20);

inline std::string tcp4(const std::string& tlvs = "")
{
    return preamble('\x21', '\x11', tcp4_addresses + tlvs);
}
