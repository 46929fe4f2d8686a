// SPDX-License-Identifier: Apache-2.0
// What operators see of the destinations and decide about them: pause, drain, resume, flush, and
// what is stuck.
#include "api/json.hpp"
#include "api/verbs.hpp"

#include <algorithm>

namespace api {

namespace {

constexpr std::size_t longest_reason = 500;

json::value time_or_null(const std::optional<base::Time>& time)
{
    return time ? json::value(base::to_text(*time)) : json::value(nullptr);
}

json::value text_or_null(const std::string& text)
{
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object described(const msh::Destination& destination)
{
    return {
        {"name", destination.peer},
        {"breaker", msh::to_text(destination.breaker)},
        {"standing", queue::to_text(destination.standing)},
        {"reason", text_or_null(destination.reason)},
        {"running", destination.running},
        {"places", destination.places},
        {"not_before", time_or_null(destination.not_before)},
        {"attempts", destination.attempts},
        {"failures", destination.failures},
        {"failed_in_row", destination.failed_in_row},
        {"last_failure", text_or_null(destination.last_failure)},
        {"failing_since", time_or_null(destination.failing_since)},
        {"held", text_or_null(destination.held)}
    };
}

json::value described(const queue::DestinationStanding& standing)
{
    return json::object{
        {"peer", standing.peer.empty() ? json::value(nullptr) : json::value(standing.peer)},
        {"standing", queue::to_text(standing.standing)},
        {"since", base::to_text(standing.since)},
        {"reason", text_or_null(standing.reason)}
    };
}

json::object described(const queue::Stuck& stuck)
{
    auto object = to_json(stuck.summary);
    object["stuck"] = queue::to_text(stuck.why);
    object["since"] = base::to_text(stuck.since);
    return object;
}

base::Result<queue::Standing> standing_of(const json::object& body)
{
    const auto word = text(body, "standing");
    if (!word) return word.error();
    const auto standing = queue::standing_from_text(*word);
    if (!standing)
        return base::Error(errc::bad_request, "standing must be open, paused or drained");
    return *standing;
}

base::Result<std::string> reason_of(const json::object& body)
{
    if (!body.contains("reason")) return std::string();
    auto reason = text(body, "reason");
    if (reason && reason->size() > longest_reason)
        return base::Error(errc::bad_request, "reason must be a text of at most 500 octets");
    return reason;
}

} // namespace

asio::awaitable<http::Response> list_destinations(Call& call)
{
    const auto standings = co_await call.msh.standings();
    if (!standings) co_return problem_response(standings.error());
    json::array decided;
    for (const auto& standing : *standings)
        decided.push_back(described(standing));
    json::array items;
    for (const auto& destination : call.msh.destinations())
        items.push_back(described(destination));
    const json::object body{{"items", std::move(items)}, {"standings", std::move(decided)}};
    co_return json_response(200, body);
}

// Without {name}: of all of them.
asio::awaitable<http::Response> set_standing(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {"standing", "reason"}); !known)
        co_return problem_response(known.error());
    const auto standing = standing_of(*body);
    if (!standing) co_return problem_response(standing.error());
    const auto reason = reason_of(*body);
    if (!reason) co_return problem_response(reason.error());
    const auto done = co_await call.msh.set_standing(call.id, *standing, *reason);
    if (!done) co_return problem_response(done.error());
    co_return co_await list_destinations(call);
}

asio::awaitable<http::Response> flush(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {}); !known) co_return problem_response(known.error());
    const auto brought = co_await call.msh.flush(call.id);
    if (!brought) co_return problem_response(brought.error());
    const json::object answer{{"messages", *brought}};
    co_return json_response(200, answer);
}

asio::awaitable<http::Response> list_stuck(Call& call)
{
    const auto stuck = co_await call.msh.stuck();
    if (!stuck) co_return problem_response(stuck.error());
    json::array items;
    for (const auto& each : *stuck)
        items.push_back(described(each));
    const json::object body{{"items", std::move(items)}};
    co_return json_response(200, body);
}

} // namespace api
