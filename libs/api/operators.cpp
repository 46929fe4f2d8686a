// SPDX-License-Identifier: Apache-2.0
// Handlers for operators: list destinations and stuck messages; pause, drain, resume and flush
// destinations.
#include "api/handlers.hpp"
#include "api/json.hpp"

#include <algorithm>

namespace api {

namespace {

constexpr std::size_t max_reason_length = 500;

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
        {"admin_state", queue::to_text(destination.admin_state)},
        {"reason", text_or_null(destination.reason)},
        {"running", destination.running},
        {"slots", destination.slots},
        {"not_before", time_or_null(destination.not_before)},
        {"attempts", destination.attempts},
        {"failures", destination.failures},
        {"consecutive_failures", destination.consecutive_failures},
        {"last_failure", text_or_null(destination.last_failure)},
        {"failing_since", time_or_null(destination.failing_since)},
        {"held", text_or_null(destination.held)}
    };
}

json::value described(const queue::DestinationAdminState& admin_state)
{
    return json::object{
        {"peer", admin_state.peer.empty() ? json::value(nullptr) : json::value(admin_state.peer)},
        {"admin_state", queue::to_text(admin_state.admin_state)},
        {"since", base::to_text(admin_state.since)},
        {"reason", text_or_null(admin_state.reason)}
    };
}

json::object described(const queue::Stuck& stuck)
{
    auto object = to_json(stuck.summary);
    object["stuck"] = queue::to_text(stuck.why);
    object["since"] = base::to_text(stuck.since);
    return object;
}

base::Result<queue::AdminState> admin_state_of(const json::object& body)
{
    const auto word = text(body, "admin_state");
    if (!word) return word.error();
    const auto admin_state = queue::admin_state_from_text(*word);
    if (!admin_state)
        return base::Error(errc::bad_request, "admin_state must be open, paused or drained");
    return *admin_state;
}

base::Result<std::string> reason_of(const json::object& body)
{
    if (!body.contains("reason")) return std::string();
    auto reason = text(body, "reason");
    if (reason && reason->size() > max_reason_length)
        return base::Error(errc::bad_request, "reason must be a text of at most 500 octets");
    return reason;
}

} // namespace

asio::awaitable<http::Response> list_destinations(Call& call)
{
    const auto admin_states = co_await call.msh.admin_states();
    if (!admin_states) co_return problem_response(admin_states.error());
    json::array decided;
    for (const auto& admin_state : *admin_states)
        decided.push_back(described(admin_state));
    json::array items;
    for (const auto& destination : call.msh.destinations())
        items.push_back(described(destination));
    const json::object body{{"items", std::move(items)}, {"admin_states", std::move(decided)}};
    co_return json_response(200, body);
}

// Without {name}, sets the admin state of all destinations.
asio::awaitable<http::Response> set_admin_state(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {"admin_state", "reason"}); !known)
        co_return problem_response(known.error());
    const auto admin_state = admin_state_of(*body);
    if (!admin_state) co_return problem_response(admin_state.error());
    const auto reason = reason_of(*body);
    if (!reason) co_return problem_response(reason.error());
    const auto done = co_await call.msh.set_admin_state(call.id, *admin_state, *reason);
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
