// SPDX-License-Identifier: Apache-2.0
// Reads Content-Type field values. Accepts unquoted parameter values with characters that RFC 2045
// requires to be quoted (type=application/soap+xml, start=<root@x>), because peers send them.
#include "mime/content_type.hpp"

#include <algorithm>

namespace mime {
namespace {

constexpr std::size_t longest = 4 * 1024;

bool is_token_character(char c)
{
    return c > ' ' && c < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_control(char c)
{
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
}

// Takes a quoted string from `rest`, which begins behind the opening quote. Removes the string and
// its closing quote from `rest`.
std::optional<std::string> take_quoted(std::string_view& rest)
{
    std::string value;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] == '\\' && ++i == rest.size()) return std::nullopt;
        value += rest[i];
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest)
{
    if (rest.starts_with('"')) {
        rest.remove_prefix(1);
        return take_quoted(rest);
    }
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view value = base::trim(rest.substr(0, end));
    rest.remove_prefix(end);
    if (value.empty() || value.find_first_of("\" \t") != std::string_view::npos)
        return std::nullopt;
    return std::string(value);
}

// Takes one "name=value" from `rest`, which begins behind the semicolon.
base::Result<> take_parameter(std::string_view& rest, ContentType& into)
{
    const std::size_t equals = std::min(rest.find('='), rest.size());
    const std::string name = base::lower(base::trim(rest.substr(0, equals)));
    if (equals == rest.size() || !is_token(name))
        return base::Error(errc::bad_content_type, "parameter");
    rest = base::trim(rest.substr(equals + 1));
    std::optional<std::string> value = take_value(rest);
    if (!value) return base::Error(errc::bad_content_type, "value of " + name);
    // Refuse a second value, because two readers could choose different values.
    if (!into.parameters.emplace(name, std::move(*value)).second)
        return base::Error(errc::bad_content_type, name + " twice");
    return {};
}

// Takes all parameters: "; name=value; …".
base::Result<> take_parameters(std::string_view rest, ContentType& into)
{
    while (!rest.empty()) {
        if (rest.front() != ';') return base::Error(errc::bad_content_type, "text behind a value");
        rest = base::trim(rest.substr(1));
        if (rest.empty() || rest.front() == ';') continue; // accept an empty parameter
        if (const base::Result<> taken = take_parameter(rest, into); !taken) return taken;
        rest = base::trim(rest);
    }
    return {};
}

} // namespace

std::optional<std::string> ContentType::parameter(const std::string& name) const
{
    const auto found = parameters.find(name);
    if (found == parameters.end()) return std::nullopt;
    return found->second;
}

base::Result<ContentType> parse_content_type(std::string_view text)
{
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return c != '\t' && is_control(c); });
    if (text.size() > longest || control)
        return base::Error(errc::bad_content_type, "too long or control characters");

    const std::size_t end = std::min(text.find(';'), text.size());
    ContentType result;
    result.type = base::lower(base::trim(text.substr(0, end)));
    const std::size_t slash = std::min(result.type.find('/'), result.type.size());
    const std::string_view type = result.type;
    if (slash == type.size() || !is_token(type.substr(0, slash)) ||
        !is_token(type.substr(slash + 1)))
        return base::Error(errc::bad_content_type, "no media type");

    if (const base::Result<> taken = take_parameters(text.substr(end), result); !taken)
        return taken.error();
    return result;
}

std::string form_name(std::string_view disposition)
{
    const std::size_t end = std::min(disposition.find(';'), disposition.size());
    if (!base::iequals(base::trim(disposition.substr(0, end)), "form-data")) return {};
    ContentType parsed;
    if (!take_parameters(disposition.substr(end), parsed)) return {};
    return parsed.parameter("name").value_or("");
}

} // namespace mime
