// SPDX-License-Identifier: Apache-2.0
// Connects to the first address of a host that answers [RFC 8305]. IPv6 and IPv4 addresses
// alternate. The next attempt starts after 250 ms, or at once if all earlier attempts have failed.
#pragma once

#include "http/connection.hpp"

#include <vector>

namespace http {

using Endpoints = std::vector<Endpoint>;

// Returns the endpoints in the order of the attempts. Address families alternate, beginning with
// the family of the first endpoint.
Endpoints in_turns(const Endpoints& endpoints);

// Moves the connected socket into `socket`. asio::error::timed_out: no endpoint has answered by
// `until`. If all attempts fail earlier, returns the error of the last failure.
asio::awaitable<error_code>
connect_any(Socket& socket, const Endpoints& endpoints, Clock::time_point until);

} // namespace http
