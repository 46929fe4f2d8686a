// SPDX-License-Identifier: Apache-2.0
// Sends a test message to a peer for the operator, and answers with the outcome.
#include "api/handlers.hpp"
#include "api/json.hpp"

namespace api {

namespace {

constexpr std::uint64_t usual_seconds = 30;
constexpr std::uint64_t max_seconds = 600;

} // namespace

asio::awaitable<http::Response> ping(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {"seconds"}); !known)
        co_return problem_response(known.error());
    const auto seconds = number(*body, "seconds", usual_seconds, 1, max_seconds);
    if (!seconds) co_return problem_response(seconds.error());
    const auto pinged = co_await call.msh.ping(call.id, std::chrono::seconds(*seconds));
    if (!pinged) co_return problem_response(pinged.error());
    auto answer = to_json(*pinged);
    answer["peer"] = call.id;
    co_return json_response(200, answer);
}

} // namespace api
