// SPDX-License-Identifier: Apache-2.0
// Creates and checks MessageIds.
#include "ebms/message_id.hpp"

#include "base/bytes.hpp"

#include <algorithm>

namespace ebms {

namespace {

constexpr std::size_t max_party_length = 64;
constexpr std::size_t max_strict_length = 255; // limit of Domibus' database

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// [RFC 2822 3.2.4]
bool is_atext(char c)
{
    return is_letter_or_digit(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom_text(std::string_view text)
{
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    return text.find("..") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atext(c); });
}

} // namespace

std::string make_message_id(std::string_view unique, std::string_view party)
{
    std::string name;
    for (const char c : base::lower(party)) {
        const bool letter = is_letter_or_digit(c);
        const bool after_letter = !name.empty() && is_letter_or_digit(name.back());
        if (letter)
            name += c;
        else if (after_letter) // a run of other characters becomes one character
            name += c == '.' || c == '_' ? c : '-';
        if (name.size() == max_party_length) break;
    }
    while (!name.empty() && !is_letter_or_digit(name.back()))
        name.pop_back();
    return std::string(unique) + "@" + (name.empty() ? "" : name + ".") + "kurir";
}

bool is_strict_message_id(std::string_view text)
{
    const auto at = text.find('@');
    return at != std::string_view::npos && text.size() <= max_strict_length &&
           is_dot_atom_text(text.substr(0, at)) && is_dot_atom_text(text.substr(at + 1));
}

} // namespace ebms
