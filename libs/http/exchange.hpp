// SPDX-License-Identifier: Apache-2.0
// One request and its answer on a client's connection, and the verdict on what a failure left
// unknown.
#pragma once

#include "http/client.hpp"
#include "http/connection.hpp"
#include "http/url.hpp"

namespace http {

struct Attempt {
    base::Result<ClientResponse> answer = base::Error(errc::broken_before);
    bool reusable = false; // the connection may carry another request
    bool just_closed =
        false; // it broke before a single octet of an answer: if it was a kept one, it was stale
};

asio::awaitable<Attempt> exchange(
    Connection& connection, ClientRequest& request, const Url& url, const ClientLimits& limits
);

} // namespace http
