// SPDX-License-Identifier: Apache-2.0
// The table of names. [XML 1.0 4.3.3] Names are those of the IANA registry; their case is ignored.
#include "xml/encoding.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <iterator>

namespace xml {

namespace {

struct Alias {
    std::string_view name;
    Encoding encoding;
};

// The preferred name of each encoding comes first.
constexpr Alias aliases[] = {
    {"UTF-8", Encoding::utf_8},
    {"csUTF8", Encoding::utf_8},
    {"UTF8", Encoding::utf_8}, // not in the registry
    {"US-ASCII", Encoding::us_ascii},
    {"ASCII", Encoding::us_ascii}, // from RFC 1345; lxml and Python write this name
    {"ANSI_X3.4-1968", Encoding::us_ascii},
    {"ANSI_X3.4-1986", Encoding::us_ascii},
    {"iso-ir-6", Encoding::us_ascii},
    {"ISO_646.irv:1991", Encoding::us_ascii},
    {"ISO646-US", Encoding::us_ascii},
    {"us", Encoding::us_ascii},
    {"IBM367", Encoding::us_ascii},
    {"cp367", Encoding::us_ascii},
    {"csASCII", Encoding::us_ascii},
    {"ISO-8859-1", Encoding::iso_8859_1},
    {"ISO_8859-1", Encoding::iso_8859_1},
    {"ISO_8859-1:1987", Encoding::iso_8859_1},
    {"iso-ir-100", Encoding::iso_8859_1},
    {"latin1", Encoding::iso_8859_1},
    {"l1", Encoding::iso_8859_1},
    {"IBM819", Encoding::iso_8859_1},
    {"CP819", Encoding::iso_8859_1},
    {"csISOLatin1", Encoding::iso_8859_1},
    {"windows-1252", Encoding::windows_1252},
    {"cswindows1252", Encoding::windows_1252},
    {"CP1252", Encoding::windows_1252}, // not in the registry
    {"UTF-16", Encoding::utf_16},
    {"csUTF16", Encoding::utf_16},
    {"UTF16", Encoding::utf_16}, // not in the registry
    {"UTF-16LE", Encoding::utf_16le},
    {"csUTF16LE", Encoding::utf_16le},
    {"UTF-16BE", Encoding::utf_16be},
    {"csUTF16BE", Encoding::utf_16be},
};

} // namespace

std::optional<Encoding> encoding_named(std::string_view name)
{
    const auto* const found = std::ranges::find_if(aliases, [&](const Alias& alias) {
        return base::iequals(alias.name, name);
    });
    if (found == std::end(aliases)) return std::nullopt;
    return found->encoding;
}

std::string_view to_text(Encoding encoding)
{
    return std::ranges::find(aliases, encoding, &Alias::encoding)->name;
}

} // namespace xml
