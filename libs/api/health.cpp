// SPDX-License-Identifier: Apache-2.0
// Tells load balancers and monitoring whether the service accepts work. The answer is a single
// word, because the path needs no authentication.
#include "api/handlers.hpp"
#include "api/json.hpp"

namespace api {

// The status of "degraded" is 200: message services can still fetch, acknowledge and ask for
// states.
asio::awaitable<http::Response> health(Call& call)
{
    const auto& msh = call.msh;
    const auto& pressure = msh.pressure();
    const bool stopping = msh.is_stopping();
    const bool short_of = pressure.of_submissions() || pressure.of_messages() || !msh.takes_more();
    json::object body;
    body["status"] = stopping ? "stopping" : short_of ? "degraded" : "ok";
    co_return json_response(stopping ? 503 : 200, body);
}

} // namespace api
