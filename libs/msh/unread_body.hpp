// SPDX-License-Identifier: Apache-2.0
// Messages of peers whose HTTP body cannot be read: it did not arrive whole, or it is encoded.
// There is no message yet that an ebMS error could be about, so the answer is plain text.
#pragma once

#include "http/message.hpp"

#include <optional>

namespace msh {

// Whether reading the body failed on the connection: the sender's fault, or the network's between
// us; never ours.
bool is_connection(const base::Error& error);

// 400, or 408 for a body that came too slowly. For errors of is_connection().
http::Response refuse_body(const base::Error& error);

// 415 for a Content-Encoding other than identity, and its log line [RFC 9110 15.5.16].
std::optional<http::Response> refuse_coding(const http::Request& request);

} // namespace msh
