// SPDX-License-Identifier: Apache-2.0
// Aligns text and makes it safe for the terminal.
#include "kurir/text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>

namespace kurir {

namespace {

// Counts the characters on the screen: the octets that do not continue a UTF-8 character.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

void print_row(const Row& cells, const std::vector<std::size_t>& widths)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += cells[i];
        if (i + 1 < cells.size()) line.append(widths[i] + 2 - width(cells[i]), ' ');
    }
    std::puts(line.c_str());
}

} // namespace

std::string shown(std::string_view text)
{
    std::string safe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        const bool control = octet < 0x20 || octet == 0x7F;
        const bool high_control = octet == 0xC2 && next >= 0x80 && next < 0xA0; // U+0080 to U+009F
        safe += control || high_control ? '?' : text[i];
        if (high_control) ++i;
    }
    return safe;
}

std::string text_of(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    if (!value || value->is_null()) return "-";
    if (value->is_string()) return shown(value->get_string());
    return json::serialize(*value);
}

const json::array& list_of(const json::object& object, std::string_view name)
{
    static const json::array none;
    const auto* value = object.if_contains(name);
    return value && value->is_array() ? value->get_array() : none;
}

std::string joined(const json::array& texts)
{
    std::string line;
    for (const auto& text : texts) {
        if (text.is_string()) line += (line.empty() ? "" : ", ") + shown(text.get_string());
    }
    return line.empty() ? "-" : line;
}

void print_table(const Row& titles, const std::vector<Row>& rows, std::string_view if_empty)
{
    if (rows.empty()) {
        std::puts(std::string(if_empty).c_str());
        return;
    }
    std::vector<std::size_t> widths;
    for (const auto& title : titles)
        widths.push_back(width(title));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    print_row(titles, widths);
    for (const auto& row : rows)
        print_row(row, widths);
}

void print_fields(const std::vector<std::pair<std::string, std::string>>& fields)
{
    std::size_t longest = 0;
    for (const auto& [name, value] : fields)
        longest = std::max(longest, width(name));
    for (const auto& [name, value] : fields) {
        if (value == "-") continue;
        std::puts((name + std::string(longest + 2 - width(name), ' ') + value).c_str());
    }
}

void print(const json::object& object)
{
    std::puts(json::serialize(object).c_str());
}

} // namespace kurir
