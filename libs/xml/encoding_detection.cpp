// SPDX-License-Identifier: Apache-2.0
// Patterns of first octets, and the part of the XML declaration's grammar that is needed to find
// the name of the encoding. The parser checks the whole grammar later and refuses a wrong document.
#include "xml/encoding_detection.hpp"

#include <algorithm>

namespace xml {

namespace {

bool is_ascii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void skip_spaces(std::string_view& text)
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
}

// Returns the value of encoding="…" in the text between "<?xml" and "?>", or "" if there is none.
std::string encoding_in(std::string_view text)
{
    while (true) {
        skip_spaces(text);
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) return {};
        const std::string_view name = base::trim(text.substr(0, equals));
        text.remove_prefix(equals + 1);
        skip_spaces(text);
        if (text.empty() || (text.front() != '"' && text.front() != '\'')) return {};
        const std::size_t end = text.find(text.front(), 1);
        if (end == std::string_view::npos) return {};
        const std::string_view value = text.substr(1, end - 1);
        if (name == "encoding") return is_encoding_name(value) ? std::string(value) : std::string();
        text.remove_prefix(end + 1);
    }
}

} // namespace

bool is_encoding_name(std::string_view text)
{
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
           });
}

Opening opening_of(base::BytesView head)
{
    using namespace std::string_view_literals;
    struct Pattern {
        std::string_view octets;
        Opening means;
    };
    static constexpr Pattern patterns[] = {
        {"\x00\x00\xFE\xFF"sv, {.unsupported = "UTF-32"}},
        {"\xFF\xFE\x00\x00"sv, {.unsupported = "UTF-32"}},
        {"\x00\x00\x00<"sv, {.unsupported = "UTF-32"}},
        {"<\x00\x00\x00"sv, {.unsupported = "UTF-32"}},
        {"\x00\x00<\x00"sv, {.unsupported = "UTF-32"}},
        {"\x00<\x00\x00"sv, {.unsupported = "UTF-32"}},
        {"\x4C\x6F\xA7\x94"sv, {.unsupported = "EBCDIC"}},
        {"+/v"sv, {.unsupported = "UTF-7"}},
        {"\xEF\xBB\xBF"sv, {.mark = 3}},
        {"\xFE\xFF"sv, {.unit = 2, .big_endian = true, .mark = 2}},
        {"\xFF\xFE"sv, {.unit = 2, .mark = 2}},
        {"\x00<"sv, {.unit = 2, .big_endian = true}},
        {"<\x00"sv, {.unit = 2}},
    };
    for (const auto& [octets, means] : patterns)
        if (head.starts_with(octets)) return means;
    return {};
}

Declaration declaration_of(base::BytesView head, const Opening& opening)
{
    constexpr std::string_view begins = "<?xml";
    // Holds ASCII only. Another character ends the search, because no declaration contains one.
    std::string text;
    const std::size_t step = opening.unit;
    std::size_t at = opening.mark;
    for (; at + step <= head.size() && text.size() <= max_declaration_length; at += step) {
        const char low = head[opening.big_endian ? at + 1 : at];
        const bool ascii =
            is_ascii(low) && (step == 1 || head[opening.big_endian ? at : at + 1] == '\0');
        if (!ascii) return {true, {}};
        text += low;
        if (text.size() <= begins.size() ? !begins.starts_with(text)
                                         : text.size() == begins.size() + 1 && !is_space(low))
            return {true, {}};
        if (text.ends_with("?>"))
            return {
                true, encoding_in(std::string_view(text).substr(
                          begins.size(), text.size() - begins.size() - 2
                      ))
            };
    }
    return {false, {}};
}

} // namespace xml
