// SPDX-License-Identifier: Apache-2.0
// Escaping by Canonical XML 1.0 2.3, and the character classes of XML 1.0 that a writer must check.
#include "xml/escape.hpp"

#include <cstdint>

namespace xml {

namespace {

// Removes one character from the front of `text` and returns it. Returns 0xFFFFFFFF if it is not
// UTF-8 in its shortest form (RFC 3629).
std::uint32_t next_character(std::string_view& text)
{
    constexpr std::uint32_t invalid = 0xFFFFFFFF;
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = octet(0);
    std::size_t length = 1;
    std::uint32_t value = first;
    std::uint32_t smallest = 0;
    if (first >= 0xF0 && first < 0xF8) {
        length = 4, value = first & 0x07U, smallest = 0x10000;
    } else if (first >= 0xE0 && first < 0xF0) {
        length = 3, value = first & 0x0FU, smallest = 0x800;
    } else if (first >= 0xC0 && first < 0xE0) {
        length = 2, value = first & 0x1FU, smallest = 0x80;
    } else if (first >= 0x80) {
        return invalid;
    }
    if (text.size() < length) return invalid;
    for (std::size_t i = 1; i < length; ++i) {
        if ((octet(i) & 0xC0U) != 0x80) return invalid;
        value = value << 6U | (octet(i) & 0x3FU);
    }
    text.remove_prefix(length);
    return value < smallest ? invalid : value;
}

// The characters of XML 1.0 2.2.
bool is_character(std::uint32_t c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

// XML 1.0 2.3 NameStartChar without the colon.
bool starts_name(std::uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z') ||
           (c >= 0xC0 && c <= 0xD6) || (c >= 0xD8 && c <= 0xF6) || (c >= 0xF8 && c <= 0x2FF) ||
           (c >= 0x370 && c <= 0x37D) || (c >= 0x37F && c <= 0x1FFF) ||
           (c >= 0x200C && c <= 0x200D) || (c >= 0x2070 && c <= 0x218F) ||
           (c >= 0x2C00 && c <= 0x2FEF) || (c >= 0x3001 && c <= 0xD7FF) ||
           (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0xEFFFF);
}

bool continues_name(std::uint32_t c)
{
    return starts_name(c) || c == '-' || c == '.' || (c >= '0' && c <= '9') || c == 0xB7 ||
           (c >= 0x300 && c <= 0x36F) || (c >= 0x203F && c <= 0x2040);
}

} // namespace

std::string escape_text(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '\r':
            out += "&#xD;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string escape_attribute(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\t':
            out += "&#x9;";
            break;
        case '\n':
            out += "&#xA;";
            break;
        case '\r':
            out += "&#xD;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

bool is_ncname(std::string_view text)
{
    if (text.empty() || !starts_name(next_character(text))) return false;
    while (!text.empty()) {
        if (!continues_name(next_character(text))) return false;
    }
    return true;
}

bool is_xml_text(std::string_view text)
{
    while (!text.empty()) {
        if (!is_character(next_character(text))) return false;
    }
    return true;
}

} // namespace xml
