// SPDX-License-Identifier: Apache-2.0
// One request and its response on a client's connection. After a failure, the error tells whether
// the outcome of the request is unknown.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/url.hpp"

namespace http {

struct Attempt {
    base::Result<ClientResponse> answer = base::Error(errc::broken_before);
    bool reusable = false; // the connection may carry another request
    // The connection broke before any octet of a response, without a timeout and without a refused
    // certificate. If the connection came from the pool, it was stale.
    bool just_closed = false;
};

asio::awaitable<Attempt> exchange(
    Connection& connection, ClientRequest& request, const Url& url, const ClientLimits& limits
);

} // namespace http
