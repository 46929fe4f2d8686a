// SPDX-License-Identifier: Apache-2.0
// Reads the body of a peer's HTTP answer: its SOAP part, and the text of a SOAP Fault for the
// operator.
#pragma once

#include "as4/errc.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "xml/document.hpp"

#include <string>
#include <string_view>

namespace as4 {

inline constexpr xml::Limits answer_limits{
    .bytes = 1024 * 1024, .depth = 64, .attributes = 64, .nodes = 20'000, .text = 256 * 1024
};

// Returns the SOAP envelope: the body itself, or the first XML part of a multipart body. The body
// decides between the two; its Content-Type is only a hint. The content of the envelope is not
// checked here.
// errc::answer_empty: the body is empty or has only white space.
// errc::answer_unreadable: a web page, a text, MIME without an XML part, or more octets than
// answer_limits allow. The detail describes the body and, if known, who must act.
base::Result<base::Bytes> soap_of_answer(std::string_view content_type, base::BytesView body);

// Returns the reason of a SOAP Fault of either SOAP version and of any structure; "" if there is no
// Fault. The text is for people only: no decision depends on it.
std::string fault_text(const xml::Document& document);

// Returns at most 300 octets of the peer's text as one line for our log. Each octet that is not
// printable ASCII becomes a space.
std::string excerpt(std::string_view text);

} // namespace as4
