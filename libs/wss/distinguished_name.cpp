// SPDX-License-Identifier: Apache-2.0
// RFC 2253 names, read into one spelling for comparison.
#include "wss/distinguished_name.hpp"

#include "base/bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace wss {

namespace {

constexpr std::size_t longest_name = 4096;

// The keywords that OpenSSL, Java and .NET print for the OIDs that occur in issuer names.
std::string type_of(std::string_view written)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> known{{
        {"cn", "2.5.4.3"},
        {"sn", "2.5.4.4"},
        {"surname", "2.5.4.4"},
        {"serialnumber", "2.5.4.5"},
        {"c", "2.5.4.6"},
        {"l", "2.5.4.7"},
        {"st", "2.5.4.8"},
        {"s", "2.5.4.8"},
        {"street", "2.5.4.9"},
        {"o", "2.5.4.10"},
        {"ou", "2.5.4.11"},
        {"title", "2.5.4.12"},
        {"t", "2.5.4.12"},
        {"postalcode", "2.5.4.17"},
        {"gn", "2.5.4.42"},
        {"givenname", "2.5.4.42"},
        {"organizationidentifier", "2.5.4.97"},
        {"dc", "0.9.2342.19200300.100.1.25"},
        {"uid", "0.9.2342.19200300.100.1.1"},
        {"emailaddress", "1.2.840.113549.1.9.1"},
        {"e", "1.2.840.113549.1.9.1"},
        {"email", "1.2.840.113549.1.9.1"},
    }};
    std::string type = base::lower(base::trim(written));
    if (type.starts_with("oid.")) type.erase(0, 4);
    for (const auto& [keyword, oid] : known) {
        if (type == keyword) return std::string(oid);
    }
    return type;
}

// "#0c03414243": a DER string of fewer than 128 octets is taken as its content; anything else stays
// as written.
std::string value_of_hex(std::string_view written)
{
    const auto der = base::from_hex(written.substr(1));
    if (!der || der->size() < 2 || static_cast<unsigned char>((*der)[1]) != der->size() - 2)
        return std::string(written);
    return der->substr(2);
}

// Removes the escapes of a value, reading up to an unescaped separator, which stays in `rest`.
std::optional<std::string> take_value(std::string_view& rest)
{
    while (!rest.empty() && rest.front() == ' ')
        rest.remove_prefix(1);
    if (rest.starts_with("#")) {
        const std::string_view written = rest.substr(0, rest.find_first_of(",+;"));
        rest.remove_prefix(written.size());
        return value_of_hex(base::trim(written));
    }
    const bool quoted = rest.starts_with("\"");
    if (quoted) rest.remove_prefix(1);
    std::string value;
    std::size_t significant = 0; // unescaped spaces at the end are not part of the value
    while (!rest.empty() && (quoted ? rest.front() != '"' : rest.find_first_of(",+;") != 0)) {
        if (rest.front() == '\\') {
            if (rest.size() < 2) return std::nullopt;
            const auto octet =
                rest.size() >= 3 ? base::from_hex(rest.substr(1, 2)) : base::from_hex("x");
            value += octet ? *octet : base::Bytes(1, rest[1]);
            rest.remove_prefix(octet ? 3 : 2);
            significant = value.size();
            continue;
        }
        value += rest.front();
        if (rest.front() != ' ' || quoted) significant = value.size();
        rest.remove_prefix(1);
    }
    value.resize(significant);
    if (quoted) {
        if (rest.empty()) return std::nullopt;
        rest.remove_prefix(1);
        while (!rest.empty() && rest.front() == ' ')
            rest.remove_prefix(1);
    }
    return value;
}

// One spelling of the name; separators that cannot be part of a value.
std::optional<std::string> normalised(std::string_view name)
{
    if (name.size() > longest_name) return std::nullopt;
    std::string out;
    while (true) {
        const std::size_t equals = name.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        out.append(type_of(name.substr(0, equals))).append(1, '\1');
        name.remove_prefix(equals + 1);
        const auto value = take_value(name);
        if (!value) return std::nullopt;
        out += *value;
        if (name.empty()) return out;
        if (name.find_first_of(",+;") != 0) return std::nullopt;
        out += name.front() == '+' ? '\2' : '\3';
        name.remove_prefix(1);
    }
}

} // namespace

bool same_name(std::string_view a, std::string_view b)
{
    const auto left = normalised(base::trim(a));
    const auto right = normalised(base::trim(b));
    return left && right && *left == *right;
}

} // namespace wss
