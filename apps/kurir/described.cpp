// SPDX-License-Identifier: Apache-2.0
// Reads the settings after a value from the end of the word, so that the value may have commas.
#include "kurir/described.hpp"

namespace kurir {

namespace {

// Adds `setting` to `described`. Returns false if a payload has no such setting.
bool note(json::object& described, std::string_view setting)
{
    if (setting == "plain") {
        described["compress"] = false;
        return true;
    }
    const auto equals = setting.find('=');
    const auto name = setting.substr(0, equals);
    if (equals == std::string_view::npos) return false;
    const auto* member = name == "mime"      ? "mime_type"
                         : name == "id"      ? "content_id"
                         : name == "charset" ? "character_set"
                                             : nullptr;
    if (!member) return false;
    described[member] = setting.substr(equals + 1);
    return true;
}

} // namespace

PayloadWord read_payload(std::string_view word)
{
    PayloadWord payload;
    for (auto comma = word.rfind(','); comma != std::string_view::npos; comma = word.rfind(',')) {
        if (!note(payload.described, word.substr(comma + 1))) break;
        word = word.substr(0, comma);
    }
    payload.file = word;
    return payload;
}

std::optional<json::object> read_property(std::string_view word)
{
    constexpr std::string_view typed = ",type=";
    json::object property;
    const auto type = word.rfind(typed);
    if (type != std::string_view::npos) {
        property["type"] = word.substr(type + typed.size());
        word = word.substr(0, type);
    }
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == word.size())
        return std::nullopt;
    property["name"] = word.substr(0, equals);
    property["value"] = word.substr(equals + 1);
    return property;
}

} // namespace kurir
