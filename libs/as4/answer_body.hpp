// SPDX-License-Identifier: Apache-2.0
// The body of a peer's HTTP answer: its SOAP part, and the words of a SOAP Fault for the operator.
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

// The envelope: the body itself, or the first XML part of a multipart. The body decides which of
// both it is; its Content-Type is a hint only. Nothing is said of what is in the envelope.
// errc::answer_empty; errc::answer_unreadable for a web page, a text, MIME without an XML part, or
// more than answer_limits allow. The detail says who must act.
base::Result<base::Bytes> soap_of_answer(std::string_view content_type, base::BytesView body);

// The reason a SOAP Fault gives, of either SOAP version and however it is built; "" if there is no
// Fault. For people only: nothing is decided by it.
std::string fault_text(const xml::Document& document);

// The peer's text for our log: one line of printable ASCII, cut.
std::string excerpt(std::string_view text);

} // namespace as4
