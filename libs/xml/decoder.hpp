// SPDX-License-Identifier: Apache-2.0
// Converts the octets of an XML document, in pieces, to UTF-8. The parser gets only this UTF-8 and
// never chooses an encoding. So nothing reads a document in two ways, and every limit is the same
// for all encodings.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "xml/encoding.hpp"
#include "xml/errc.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace xml {

struct Opening;

class Decoder {
public:
    // `external` is the charset of the Content-Type, "" = none. The byte order mark and the XML
    // declaration decide the encoding [XML 1.0 4.3.3, appendix F], not the charset. A document with
    // neither is UTF-8. If the charset names another encoding for such a document, the document may
    // contain only ASCII, because its other octets would be ambiguous.
    explicit Decoder(std::string external = {}) : external_(std::move(external)) {}

    // Returns the UTF-8 of the complete characters so far, possibly none. The view is valid until
    // the next call. It points into `octets` if they are already UTF-8.
    // - errc::unsupported_encoding: the detail names the encoding.
    // - errc::wrong_encoding: byte order mark, declaration and octets contradict each other, or
    // only
    //   the charset names the encoding of octets above 127.
    // - errc::not_well_formed: the document contains U+0000.
    // - errc::limit: the XML declaration has more than 1024 characters.
    base::Result<base::BytesView> decode(base::BytesView octets);
    // Returns the rest. Call once, at the end. errc::wrong_encoding if the document ends inside a
    // character.
    base::Result<base::BytesView> finish();

private:
    base::Result<> choose(const Opening& opening, std::string_view declared);
    void compare_external();
    base::Result<base::BytesView> begin();
    base::Result<base::BytesView> convert(base::BytesView octets);
    base::Result<> check_ascii(base::BytesView octets);
    base::Result<> check_utf_8(base::BytesView octets);
    base::Result<> convert_single(base::BytesView octets);
    base::Result<> convert_utf_16(base::BytesView octets);
    bool take_unit(std::uint32_t unit);
    void put(std::uint32_t character);
    base::Error wrong_octet(std::size_t at) const;

    std::string external_;
    base::Bytes head_; // the octets before the encoding is known
    std::optional<Encoding> encoding_;
    bool only_ascii_ = false;           // octets above 127 would be ambiguous
    std::string told_;                  // the source of the encoding, for messages
    std::uint64_t taken_ = 0;           // octets converted so far
    base::Bytes out_;                   // the result, unless the input is already UTF-8
    std::uint32_t expected_ = 0;        // UTF-8: octets missing from the current character
    unsigned char lowest_ = 0x80;       // UTF-8: lower bound of the next octet
    unsigned char highest_ = 0xBF;      // UTF-8: upper bound of the next octet
    std::optional<unsigned char> half_; // UTF-16: the first octet of a unit
    std::uint32_t surrogate_ = 0;       // UTF-16: a high surrogate without its low one so far
};

} // namespace xml
