// SPDX-License-Identifier: Apache-2.0
// The decoder chooses the encoding once, from the first octets and the declaration. Then it checks
// every octet against the encoding.
#include "xml/decoder.hpp"

#include "xml/encoding_detection.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace xml {

namespace {

constexpr std::size_t max_name_length = 40; // octets of an encoding's name in a message

unsigned char octet(char c)
{
    return static_cast<unsigned char>(c);
}

// The characters 0x80 to 0x9F of windows-1252; 0 = undefined.
constexpr std::array<std::uint16_t, 32> windows_1252_upper{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178
};

bool is_utf_16(Encoding encoding)
{
    return encoding == Encoding::utf_16 || encoding == Encoding::utf_16le ||
           encoding == Encoding::utf_16be;
}

base::Error unsupported(std::string_view name)
{
    return {
        errc::unsupported_encoding, std::string(name.substr(0, max_name_length)) + "; read are " +
                                        std::string(readable_encodings)
    };
}

} // namespace

base::Result<> Decoder::choose(const Opening& opening, std::string_view declared)
{
    if (!opening.unsupported.empty()) return unsupported(opening.unsupported);
    const auto named = encoding_named(declared);
    if (!declared.empty() && !named) return unsupported(declared);
    const auto contradicts = [&](const std::string& octets) {
        return base::Error(
            errc::wrong_encoding, "the document is declared " + std::string(to_text(*named)) +
                                      ", but its octets are " + octets
        );
    };
    if (opening.unit == 2) {
        encoding_ = opening.big_endian ? Encoding::utf_16be : Encoding::utf_16le;
        if (named && named != Encoding::utf_16 && named != encoding_)
            return contradicts(std::string(to_text(*encoding_)));
        if (!named && opening.mark == 0)
            return base::Error(
                errc::wrong_encoding,
                "UTF-16 with neither a byte order mark nor an encoding declaration"
            );
    } else {
        encoding_ = named.value_or(Encoding::utf_8);
        if (is_utf_16(*encoding_)) return contradicts("not UTF-16");
        if (opening.mark > 0 && encoding_ != Encoding::utf_8)
            return contradicts("UTF-8 (byte order mark)");
    }
    if (declared.empty() && opening.mark == 0) {
        compare_external();
        return {};
    }
    told_ = "the document is " +
            (declared.empty() ? "with a byte order mark, thus " : std::string("declared ")) +
            std::string(to_text(*encoding_));
    return {};
}

// Handles a document with neither a byte order mark nor a declared encoding. Its encoding is UTF-8,
// but the charset can name another one.
void Decoder::compare_external()
{
    told_ = "the document is without an encoding declaration, thus UTF-8";
    if (external_.empty() || encoding_named(external_) == Encoding::utf_8) return;
    const auto shown =
        is_encoding_name(external_) ? external_.substr(0, max_name_length) : "another one";
    told_ += ", and the charset of the Content-Type is " + shown;
    only_ascii_ = true;
}

base::Result<base::BytesView> Decoder::begin()
{
    const Opening opens = opening_of(head_);
    const Declaration declares = declaration_of(head_, opens);
    if (auto chosen = choose(opens, declares.encoding); !chosen) return chosen.error();
    return convert(head_);
}

base::Result<base::BytesView> Decoder::decode(base::BytesView octets)
{
    if (encoding_) return convert(octets);
    head_ += octets;
    if (head_.size() < 4) return base::BytesView();
    const Opening opens = opening_of(head_);
    if (opens.unsupported.empty() && !declaration_of(head_, opens).complete) {
        if (head_.size() > opens.mark + max_declaration_length * opens.unit)
            return base::Error(errc::limit, "XML declaration");
        return base::BytesView();
    }
    return begin();
}

base::Result<base::BytesView> Decoder::finish()
{
    base::BytesView rest;
    if (!encoding_) {
        const auto begun = begin();
        if (!begun) return begun;
        rest = *begun;
    }
    if (expected_ > 0 || half_ || surrogate_ != 0)
        return base::Error(errc::wrong_encoding, told_ + ", but it ends inside a character");
    return rest;
}

base::Result<base::BytesView> Decoder::convert(base::BytesView octets)
{
    out_.clear();
    base::Result<> done;
    base::BytesView result = octets;
    switch (*encoding_) {
    case Encoding::us_ascii:
        done = check_ascii(octets);
        break;
    case Encoding::utf_8:
        done = only_ascii_ ? check_ascii(octets) : check_utf_8(octets);
        break;
    case Encoding::iso_8859_1:
    case Encoding::windows_1252:
        done = convert_single(octets);
        result = out_;
        break;
    case Encoding::utf_16:
    case Encoding::utf_16le:
    case Encoding::utf_16be:
        done = convert_utf_16(octets);
        result = out_;
        break;
    }
    if (!done) return done.error();
    // XML does not allow U+0000. The parser uses C strings, so U+0000 must not reach it.
    if (result.find('\0') != base::BytesView::npos)
        return base::Error(errc::not_well_formed, "the character U+0000");
    taken_ += octets.size();
    return result;
}

base::Error Decoder::wrong_octet(std::size_t at) const
{
    return {
        errc::wrong_encoding,
        told_ + ", but at offset " + std::to_string(taken_ + at) + " it is not"
    };
}

base::Result<> Decoder::check_ascii(base::BytesView octets)
{
    const auto* const found =
        std::find_if(octets.begin(), octets.end(), [](char c) { return octet(c) >= 0x80; });
    if (found == octets.end()) return {};
    return wrong_octet(static_cast<std::size_t>(found - octets.begin()));
}

// [Unicode table 3-7] Refuses overlong forms, surrogates and values above U+10FFFF.
base::Result<> Decoder::check_utf_8(base::BytesView octets)
{
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const unsigned char c = octet(octets[at]);
        if (expected_ > 0) {
            if (c < lowest_ || c > highest_) return wrong_octet(at);
            --expected_;
            lowest_ = 0x80;
            highest_ = 0xBF;
            continue;
        }
        if (c < 0x80) {
            std::uint64_t eight = 0;
            // Skip ASCII, eight octets at a time.
            while (at + sizeof(eight) < octets.size()) {
                std::memcpy(&eight, octets.data() + at + 1, sizeof(eight));
                if ((eight & high_bits) != 0) break;
                at += sizeof(eight);
            }
            continue;
        }
        if (c < 0xC2 || c > 0xF4) return wrong_octet(at);
        expected_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        if (c == 0xE0) lowest_ = 0xA0;
        if (c == 0xED) highest_ = 0x9F;
        if (c == 0xF0) lowest_ = 0x90;
        if (c == 0xF4) highest_ = 0x8F;
    }
    return {};
}

base::Result<> Decoder::convert_single(base::BytesView octets)
{
    for (std::size_t at = 0; at < octets.size(); ++at) {
        std::uint32_t character = octet(octets[at]);
        if (*encoding_ == Encoding::windows_1252 && character >= 0x80 && character < 0xA0)
            character = windows_1252_upper[character - 0x80];
        if (character == 0 && octets[at] != '\0') return wrong_octet(at);
        put(character);
    }
    return {};
}

base::Result<> Decoder::convert_utf_16(base::BytesView octets)
{
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const unsigned char c = octet(octets[at]);
        if (!half_) {
            half_ = c;
            continue;
        }
        const bool big_endian = *encoding_ == Encoding::utf_16be;
        const std::uint32_t unit =
            big_endian ? std::uint32_t{*half_} << 8U | c : std::uint32_t{c} << 8U | *half_;
        half_.reset();
        if (!take_unit(unit))
            return base::Error(
                errc::wrong_encoding, told_ + ", but has half of a surrogate pair at offset " +
                                          std::to_string(taken_ + at - 1)
            );
    }
    return {};
}

// [RFC 2781 2.2] Returns false for a surrogate without its other half.
bool Decoder::take_unit(std::uint32_t unit)
{
    const bool high = unit >= 0xD800 && unit < 0xDC00;
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    if (low != (surrogate_ != 0)) return false;
    if (high) {
        surrogate_ = unit;
        return true;
    }
    put(low ? 0x10000 + ((surrogate_ - 0xD800) << 10U) + (unit - 0xDC00) : unit);
    surrogate_ = 0;
    return true;
}

void Decoder::put(std::uint32_t character)
{
    const auto add = [&](std::uint32_t value) { out_.push_back(static_cast<char>(value)); };
    const auto follow = [&](std::uint32_t shift) { add(0x80 | (character >> shift & 0x3F)); };
    if (character < 0x80) return add(character);
    if (character < 0x800) {
        add(0xC0 | character >> 6);
        return follow(0);
    }
    if (character < 0x10000)
        add(0xE0 | character >> 12);
    else {
        add(0xF0 | character >> 18);
        follow(12);
    }
    follow(6);
    follow(0);
}

} // namespace xml
