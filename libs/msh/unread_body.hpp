// SPDX-License-Identifier: Apache-2.0
// Refuses messages whose HTTP body cannot be read: it is incomplete, or it has a Content-Encoding.
// An ebMS error could not refer to any message, so the answer is plain text.
#pragma once

#include "http/message.hpp"

#include <optional>

namespace msh {

// Whether reading the body failed on the connection. The sender or the network is at fault then,
// never this service.
bool is_connection(const base::Error& error);

// Returns 400, or 408 for a body that came too slowly. Only for errors of is_connection().
http::Response refuse_body(const base::Error& error);

// Returns 415 and logs it, if the Content-Encoding is not identity [RFC 9110 15.5.16].
std::optional<http::Response> refuse_coding(const http::Request& request);

} // namespace msh
