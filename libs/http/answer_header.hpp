// SPDX-License-Identifier: Apache-2.0
// Tolerant parser for response headers. RFC 9112 requires a user agent to accept input that a
// server may refuse, so requests have their own strict parser (parser.cpp).
#pragma once

#include "http/parser.hpp"

namespace http {

// Returns the size of the header in octets, including the empty line that ends it. 0 = the empty
// line has not arrived yet. The search for it starts after the first `searched` octets. A line ends
// with CR LF or LF. Empty lines before the status line are skipped [RFC 9112 2.2].
std::size_t end_of_answer_header(base::BytesView octets, std::size_t searched);

// Returns false as soon as the octets cannot be the beginning of an HTTP/1 response.
bool may_begin_answer(base::BytesView octets);

// Parses a complete header. errc::bad_response.
// `to_head`: the response has no body, whatever its fields say. That applies to the response to
// HEAD and to a 2xx response to CONNECT.
// Head::keep_alive is false if the framing had to be guessed. Otherwise the next response could be
// read from a wrong position.
base::Result<Head> read_answer_header(base::BytesView text, bool to_head);

} // namespace http
