// SPDX-License-Identifier: Apache-2.0
// What lists have in common, for messages.cpp and inbox.cpp.
#pragma once

#include "api/routes.hpp"

namespace api {

// The query parameters of a list. errc::bad_request; errc::not_found for a participant that is not
// the caller's.
base::Result<queue::Filter> filter_of(const http::Request& request, const msh::Caller& caller);
// One page of messages and the link to the next.
asio::awaitable<http::Response> page(Call& call, queue::Filter filter);

} // namespace api
