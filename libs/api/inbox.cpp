// SPDX-License-Identifier: Apache-2.0
// The inbox (Deliver by pull): lease, fetch, acknowledge. The operator's list of the inbox leases
// nothing.
#include "api/handlers.hpp"
#include "api/json.hpp"
#include "api/messages.hpp"

namespace api {

namespace {

constexpr std::uint64_t max_items = 100;
constexpr std::uint64_t max_lease = 24 * 60 * 60; // seconds

struct Wanted {
    std::size_t items = 0;
    base::Duration time{};
};

base::Result<Wanted> wanted(const json::object& body, base::Duration usual)
{
    if (const auto known = only(body, {"max", "seconds"}); !known) return known.error();
    const auto items = number(body, "max", 10, 1, max_items);
    if (!items) return items.error();
    const auto seconds = number(body, "seconds", 0, 1, max_lease);
    if (!seconds) return seconds.error();
    const base::Duration asked = std::chrono::seconds(*seconds);
    return Wanted{static_cast<std::size_t>(*items), *seconds == 0 ? usual : asked};
}

} // namespace

asio::awaitable<http::Response> lease(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    const auto want = wanted(*body, call.msh.settings().inbox_lease);
    if (!want) co_return problem_response(want.error());
    const auto leased = co_await call.msh.lease(call.caller, want->items, want->time);
    if (!leased) co_return problem_response(leased.error());
    json::array items;
    for (const auto& item : *leased)
        items.push_back(to_json(item));
    const json::object answer{{"items", std::move(items)}};
    co_return json_response(200, answer);
}

asio::awaitable<http::Response> give_payload(Call& call)
{
    const auto message = co_await call.msh.find(call.caller, call.id);
    if (!message) co_return problem_response(message.error());
    if (message->summary.direction != queue::Direction::inbound)
        co_return problem_response(errc::not_found, "not an inbox item");
    co_return co_await give_part(call);
}

asio::awaitable<http::Response> acknowledge(Call& call)
{
    const auto body = co_await read_object(call.request);
    if (!body) co_return problem_response(body.error());
    if (const auto known = only(*body, {"lease"}); !known)
        co_return problem_response(known.error());
    const auto token = text(*body, "lease");
    if (!token) co_return problem_response(token.error());
    const auto done = co_await call.msh.acknowledge(call.caller, call.id, *token);
    if (!done) co_return problem_response(done.error());
    const json::object answer{{"id", call.id}, {"state", "acknowledged"}};
    co_return json_response(200, answer);
}

asio::awaitable<http::Response> list_inbox(Call& call)
{
    auto filter = filter_of(call.request, call.caller);
    if (!filter) co_return problem_response(filter.error());
    filter->direction = queue::Direction::inbound;
    co_return co_await page(call, std::move(*filter));
}

} // namespace api
