// SPDX-License-Identifier: Apache-2.0
// The header of an answer, read with the tolerance that RFC 9112 asks of a user agent. A server may
// refuse what a client must bear, so requests have a reader of their own (parser.cpp).
#pragma once

#include "http/parser.hpp"

namespace http {

// Octets up to and with the empty line that ends the header; 0 = it has not come yet. `searched`
// octets at the front are known not to begin that end. A line ends with CR LF or LF; empty lines
// before the status line are skipped [RFC 9112 2.2].
std::size_t end_of_answer_header(base::BytesView octets, std::size_t searched);

// False as soon as the octets cannot be the beginning of an HTTP/1 answer.
bool may_begin_answer(base::BytesView octets);

// Reads a whole header. `to_head`: the answer to HEAD, or a 2xx answer to CONNECT, has no body
// whatever its fields say. Head::keep_alive is false where the framing had to be guessed, so that
// no later answer is read at a wrong place. errc::bad_response.
base::Result<Head> read_answer_header(base::BytesView text, bool to_head);

} // namespace http
