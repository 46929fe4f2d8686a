// SPDX-License-Identifier: Apache-2.0
// The grammar of RFC 4514, and the forms that older specifications allow in addition. An ambiguous
// text is refused, because it must never be read as another name than its writer meant.
#include "wss/distinguished_name.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace wss {

namespace {

constexpr std::size_t max_name_length = 4096;
constexpr std::size_t max_attributes = 64;
constexpr std::string_view separators = ",;+";
constexpr std::string_view escapable = "\"+,;<>\\ #="; // [RFC 4514 3] allowed after a backslash

// The keywords that Java, Bouncy Castle, .NET, GnuTLS and OpenSSL print, in upper or lower case.
// OpenSSL knows many more; crypto::oid_of() looks up any other keyword exactly as written.
constexpr std::pair<std::string_view, std::string_view> keywords[] = {
    {"cn", "2.5.4.3"},
    {"commonname", "2.5.4.3"},
    {"sn", "2.5.4.4"},
    {"surname", "2.5.4.4"},
    {"serialnumber", "2.5.4.5"},
    {"c", "2.5.4.6"},
    {"countryname", "2.5.4.6"},
    {"l", "2.5.4.7"},
    {"localityname", "2.5.4.7"},
    {"st", "2.5.4.8"},
    {"s", "2.5.4.8"},
    {"stateorprovincename", "2.5.4.8"},
    {"street", "2.5.4.9"},
    {"streetaddress", "2.5.4.9"},
    {"o", "2.5.4.10"},
    {"organizationname", "2.5.4.10"},
    {"ou", "2.5.4.11"},
    {"organizationalunitname", "2.5.4.11"},
    {"title", "2.5.4.12"},
    {"t", "2.5.4.12"},
    {"description", "2.5.4.13"},
    {"businesscategory", "2.5.4.15"},
    {"postaladdress", "2.5.4.16"},
    {"postalcode", "2.5.4.17"},
    {"telephonenumber", "2.5.4.20"},
    {"name", "2.5.4.41"},
    {"gn", "2.5.4.42"},
    {"g", "2.5.4.42"},
    {"givenname", "2.5.4.42"},
    {"initials", "2.5.4.43"},
    {"i", "2.5.4.43"},
    {"generationqualifier", "2.5.4.44"},
    {"generation", "2.5.4.44"},
    {"dnqualifier", "2.5.4.46"},
    {"dnq", "2.5.4.46"},
    {"dn", "2.5.4.46"}, // printed by Bouncy Castle
    {"pseudonym", "2.5.4.65"},
    {"organizationidentifier", "2.5.4.97"},
    {"dc", "0.9.2342.19200300.100.1.25"},
    {"domaincomponent", "0.9.2342.19200300.100.1.25"},
    {"uid", "0.9.2342.19200300.100.1.1"},
    {"userid", "0.9.2342.19200300.100.1.1"},
    {"emailaddress", "1.2.840.113549.1.9.1"},
    {"email", "1.2.840.113549.1.9.1"},
    {"e", "1.2.840.113549.1.9.1"},
    {"unstructuredname", "1.2.840.113549.1.9.2"},
    {"unstructuredaddress", "1.2.840.113549.1.9.8"},
    {"jurisdictionc", "1.3.6.1.4.1.311.60.2.1.3"},
    {"jurisdictioncountryname", "1.3.6.1.4.1.311.60.2.1.3"},
};

bool is_separator(char c)
{
    return separators.find(c) != std::string_view::npos;
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Checks the form of an OID, because OpenSSL also accepts an OID with a dot too many.
bool is_dotted(std::string_view text)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && digit(text.front()) && digit(text.back()) &&
           text.find('.') != std::string_view::npos && text.find("..") == std::string_view::npos &&
           text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Returns the OID for "CN", "2.5.4.3" or "OID.2.5.4.3"; "" for an unknown type.
std::string type_of(std::string_view written)
{
    const std::string type = base::lower(base::trim(written));
    const auto oid = std::string_view(type).substr(type.starts_with("oid.") ? 4 : 0);
    if (is_dotted(oid)) return std::string(oid);
    const auto* const found =
        std::ranges::find(keywords, std::string_view(type), [](auto& row) { return row.first; });
    if (found != std::end(keywords)) return std::string(found->second);
    return crypto::oid_of(std::string(base::trim(written)));
}

// Reads a text from its front.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    char front() const { return rest_.front(); }
    void skip() { rest_.remove_prefix(1); }
    void skip_spaces()
    {
        while (!rest_.empty() && is_space(rest_.front()))
            skip();
    }

    std::optional<crypto::NameAttribute> attribute()
    {
        const std::size_t equals = rest_.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        crypto::NameAttribute read{type_of(rest_.substr(0, equals)), {}};
        rest_.remove_prefix(equals + 1);
        skip_spaces();
        if (read.type.empty()) return std::nullopt;
        if (rest_.starts_with('#')) {
            read.ber = hexadecimal();
            return read.ber ? std::optional(std::move(read)) : std::nullopt;
        }
        auto text = rest_.starts_with('"') ? quoted() : plain();
        if (!text) return std::nullopt;
        read.text = *std::move(text);
        return read;
    }

private:
    std::optional<base::Bytes> hexadecimal()
    {
        const std::string_view written = rest_.substr(0, rest_.find_first_of(separators));
        rest_.remove_prefix(written.size());
        auto octets = base::from_hex(base::trim(written.substr(1)));
        if (!octets) return std::nullopt;
        return *std::move(octets);
    }

    // Reads an escape: a backslash, then two hexadecimal digits or the character itself.
    std::optional<char> escaped()
    {
        skip();
        const auto octet = base::from_hex(rest_.substr(0, 2));
        const bool hex = octet && octet->size() == 1;
        if (!hex && (rest_.empty() || escapable.find(rest_.front()) == std::string_view::npos))
            return std::nullopt;
        const char c = hex ? octet->front() : rest_.front();
        rest_.remove_prefix(hex ? 2 : 1);
        return c;
    }

    // Reads a value in quotes. A doubled quote is not the end, but a quote in the value (Windows).
    std::optional<std::string> quoted()
    {
        skip();
        std::string text;
        while (!rest_.empty()) {
            if (rest_.starts_with("\"\"")) {
                rest_.remove_prefix(2);
                text += '"';
            } else if (rest_.front() == '"') {
                skip();
                return text;
            } else if (rest_.front() == '\\') {
                const auto c = escaped();
                if (!c) return std::nullopt;
                text += *c;
            } else {
                text += rest_.front();
                skip();
            }
        }
        return std::nullopt;
    }

    std::optional<std::string> plain()
    {
        std::string text;
        // White space at the end of a value counts only if it is escaped.
        std::size_t significant = 0;
        while (!rest_.empty() && !is_separator(rest_.front())) {
            if (rest_.front() == '"') return std::nullopt;
            const bool escape = rest_.front() == '\\';
            const auto c = escape ? escaped() : std::optional(rest_.front());
            if (!c) return std::nullopt;
            if (!escape) skip();
            text += *c;
            if (escape || !is_space(*c)) significant = text.size();
        }
        text.resize(significant);
        return text;
    }

    std::string_view rest_;
};

} // namespace

std::optional<crypto::DistinguishedName> read_name(std::string_view text)
{
    if (text.size() > max_name_length) return std::nullopt;
    std::vector<crypto::RelativeName> names;
    // Do not trim the text first: white space at its end may be the escaped end of a value.
    Reader reader(text);
    bool joined = false;
    for (std::size_t count = 0; count < max_attributes; ++count) {
        auto attribute = reader.attribute();
        if (!attribute) return std::nullopt;
        if (!joined) names.emplace_back();
        names.back().push_back(*std::move(attribute));
        reader.skip_spaces();
        if (reader.at_end()) return crypto::DistinguishedName::make(names);
        if (!is_separator(reader.front())) return std::nullopt;
        joined = reader.front() == '+';
        reader.skip();
    }
    return std::nullopt;
}

} // namespace wss
