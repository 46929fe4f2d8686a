// SPDX-License-Identifier: Apache-2.0
// From a host's addresses to a connected socket: IPv6 and IPv4 by turns, the next one begun when
// the one before has not answered for a moment, and the first that answers is taken [RFC 8305].
#pragma once

#include "http/connection.hpp"

#include <vector>

namespace http {

using Endpoints = std::vector<Endpoint>;

// The order in which they are tried: families alternate, beginning with the first one's.
Endpoints in_turns(const Endpoints& endpoints);

// Puts the connected socket into `socket`. asio::error::timed_out if none has answered by `until`,
// else the last one's error.
asio::awaitable<error_code>
connect_any(Socket& socket, const Endpoints& endpoints, Clock::time_point until);

} // namespace http
