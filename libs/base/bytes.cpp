// SPDX-License-Identifier: Apache-2.0
// Text forms of octets. The base64 decoder is strict: apart from white space, it accepts exactly
// one text for each octet string. So a changed text never decodes to the same octets.
#include "base/bytes.hpp"

#include "base/errors.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_in_alphabet = 64;
constexpr std::uint8_t white_space = 65;
constexpr std::uint8_t padding = 66;

constexpr std::array<std::uint8_t, 256> decoding_table()
{
    std::array<std::uint8_t, 256> table{};
    for (auto& entry : table)
        entry = not_in_alphabet;
    for (std::uint8_t i = 0; i < 64; ++i)
        table[static_cast<unsigned char>(alphabet[i])] = i;
    for (const char c : {' ', '\t', '\r', '\n'})
        table[static_cast<unsigned char>(c)] = white_space;
    table['='] = padding;
    return table;
}
constexpr auto decoding = decoding_table();

constexpr std::uint32_t octet(char c)
{
    return static_cast<unsigned char>(c);
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Decodes the last group: none, 2 characters and "==", or 3 characters and "=". The unused bits
// must be zero, as the grammar of xsd:base64Binary requires [XML Schema 2 3.2.16].
bool append_last_group(std::uint32_t group, int characters, int pads, Bytes& out)
{
    if (characters == 0) return pads == 0;
    if (characters == 2 && pads == 2 && (group & 0xF) == 0) {
        out.push_back(static_cast<char>(group >> 4));
        return true;
    }
    if (characters == 3 && pads == 1 && (group & 0x3) == 0) {
        out.push_back(static_cast<char>(group >> 10));
        out.push_back(static_cast<char>(group >> 2));
        return true;
    }
    return false;
}

} // namespace

std::string base64(BytesView octets)
{
    std::string out;
    out.reserve((octets.size() + 2) / 3 * 4);
    std::size_t i = 0;
    for (; i + 3 <= octets.size(); i += 3) {
        const std::uint32_t group =
            octet(octets[i]) << 16 | octet(octets[i + 1]) << 8 | octet(octets[i + 2]);
        for (const int shift : {18, 12, 6, 0})
            out.push_back(alphabet[(group >> shift) & 63]);
    }
    const std::size_t left = octets.size() - i;
    if (left == 0) return out;
    const std::uint32_t group =
        octet(octets[i]) << 16 | (left == 2 ? octet(octets[i + 1]) << 8 : 0);
    out.push_back(alphabet[group >> 18]);
    out.push_back(alphabet[(group >> 12) & 63]);
    out.push_back(left == 2 ? alphabet[(group >> 6) & 63] : '=');
    out.push_back('=');
    return out;
}

Result<Bytes> from_base64(std::string_view text)
{
    Bytes out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t group = 0;
    int characters = 0;
    int pads = 0;
    for (const char c : text) {
        const std::uint8_t value = decoding[static_cast<unsigned char>(c)];
        if (value == white_space) continue;
        if (value == padding) {
            if (++pads > 2) return Error(errc::bad_format, "base64 padding");
            continue;
        }
        if (value == not_in_alphabet || pads > 0)
            return Error(errc::bad_format, "base64 character");
        group = group << 6 | value;
        if (++characters < 4) continue;
        out.push_back(static_cast<char>(group >> 16));
        out.push_back(static_cast<char>(group >> 8));
        out.push_back(static_cast<char>(group));
        group = 0;
        characters = 0;
    }
    if (!append_last_group(group, characters, pads, out))
        return Error(errc::bad_format, "base64 ending");
    return out;
}

std::string hex(BytesView octets)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(octets.size() * 2);
    for (const char c : octets) {
        out.push_back(digits[octet(c) >> 4]);
        out.push_back(digits[octet(c) & 15]);
    }
    return out;
}

Result<Bytes> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0) return Error(errc::bad_format, "odd number of hexadecimal digits");
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return Error(errc::bad_format, "hexadecimal digit");
        out.push_back(static_cast<char>(high << 4 | low));
    }
    return out;
}

bool equal_constant_time(BytesView a, BytesView b)
{
    if (a.size() != b.size()) return false;
    // Volatile, so that the compiler cannot end the loop early.
    volatile std::uint32_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = difference | (octet(a[i]) ^ octet(b[i]));
    return difference == 0;
}

bool iequals(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        c = lower(c);
    return out;
}

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string percent_decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) {
            out.push_back(text[i]);
            continue;
        }
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
    }
    return out;
}

std::string percent_encode(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        if (unreserved) {
            out.push_back(c);
            continue;
        }
        out.push_back('%');
        out.push_back(digits[octet >> 4]);
        out.push_back(digits[octet & 15]);
    }
    return out;
}

} // namespace base
