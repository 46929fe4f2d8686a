// SPDX-License-Identifier: Apache-2.0
// Shared by the lists of messages.cpp and inbox.cpp.
#pragma once

#include "api/routes.hpp"

namespace api {

// Reads the query parameters of a list. errc::bad_request: an invalid value. errc::not_found: a
// participant that the caller may not see.
base::Result<queue::Filter> filter_of(const http::Request& request, const msh::Caller& caller);
// Answers with one page of messages and the link to the next page.
asio::awaitable<http::Response> page(Call& call, queue::Filter filter);

} // namespace api
