// SPDX-License-Identifier: Apache-2.0
// The REST door for message services. Each service is limited to its own participants.
#include "api/api.hpp"

#include "api/handlers.hpp"
#include "api/json.hpp"

namespace api {

namespace {

using msh::Scope;

constexpr Route routes[] = {
    {"GET", "/healthz", health, Access::anybody()},
    {"GET", "/v1/errors/{code}", explain_error, Access::anybody()},
    {"POST", "/v1/messages", submit, Scope::submit},
    {"GET", "/v1/messages", list_messages, Scope::read},
    {"GET", "/v1/messages/{id}", show_message, Scope::read},
    {"GET", "/v1/messages/{id}/receipt", give_receipt, Scope::read},
    {"GET", "/v1/messages/{id}/payloads/{n}", give_part, Scope::read},
    {"POST", "/v1/inbox/lease", lease, Scope::fetch},
    {"GET", "/v1/inbox/{id}/payload", give_payload, Scope::fetch},
    {"GET", "/v1/inbox/{id}/payloads/{n}", give_payload, Scope::fetch},
    {"POST", "/v1/inbox/{id}/ack", acknowledge, Scope::fetch},
};

} // namespace

std::span<const Route> rest_routes()
{
    return routes;
}

asio::awaitable<http::Response> explain_error(Call& call)
{
    co_return explain(call.id);
}

RestDoor::RestDoor(msh::Msh& msh, std::vector<Client> clients)
    : msh_(msh), clients_(std::move(clients))
{
}

asio::awaitable<http::Response> RestDoor::handle(http::Request& request)
{
    const auto matched = match(routes, request.method(), request.path());
    if (!matched) co_return refuse(matched.error(), routes, request);

    Call call{msh_, request, unknown_caller(), matched->id, matched->part};
    if (matched->route->access.scope()) {
        auto caller = authenticate(clients_, request);
        if (!caller) co_return refuse(caller.error(), routes, request);
        call.caller = std::move(*caller);
    }
    if (const auto may = admit(*matched->route, call); !may)
        co_return refuse(may.error(), routes, request);
    co_return co_await matched->route->handler(call);
}

} // namespace api
