// SPDX-License-Identifier: Apache-2.0
// Whether the service can be given work, for whatever balances load or watches. Anybody may ask, so
// it says no more than one word.
#include "api/handlers.hpp"
#include "api/json.hpp"

namespace api {

// Degraded is 200: message services can still fetch, acknowledge and ask for states.
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
