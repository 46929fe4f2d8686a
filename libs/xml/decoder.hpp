// SPDX-License-Identifier: Apache-2.0
// Turns the octets of an XML document, in pieces, into UTF-8. The parser behind it reads nothing
// else: it never chooses an encoding, so no document is read in two ways, and every limit holds for
// every encoding alike.
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
    // `external`: the charset of the Content-Type, "" = none. A document is read by its byte order
    // mark and its declaration [XML 1.0 4.3.3, appendix F], whatever the charset says. A document
    // with neither is UTF-8. If the charset names another encoding, only its ASCII octets are read.
    explicit Decoder(std::string external = {}) : external_(std::move(external)) {}

    // The UTF-8 of what is complete, which may be nothing. Valid until the next call, and points
    // into `octets` where they are UTF-8 already. errc::unsupported_encoding names the encoding;
    // errc::wrong_encoding: byte order mark, declaration or octets contradict each other, or octets
    // above 127 where only the charset says what they mean;
    // errc::not_well_formed: U+0000; errc::limit: an XML declaration of more than 1024 characters.
    base::Result<base::BytesView> decode(base::BytesView octets);
    // What is left. Once.
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
    base::Bytes head_; // until the encoding is known
    std::optional<Encoding> encoding_;
    bool only_ascii_ = false;           // octets above 127 would be read in two ways
    std::string told_;                  // what says so, for messages
    std::uint64_t taken_ = 0;           // octets converted so far
    base::Bytes out_;                   // where the input is not UTF-8 already
    std::uint32_t expected_ = 0;        // UTF-8: octets of the current character that must follow
    unsigned char lowest_ = 0x80;       // of the next of them
    unsigned char highest_ = 0xBF;      // of the next of them
    std::optional<unsigned char> half_; // UTF-16: the first octet of a unit
    std::uint32_t surrogate_ = 0;       // UTF-16: a high surrogate that waits for its low one
};

} // namespace xml
