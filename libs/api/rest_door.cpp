// SPDX-License-Identifier: Apache-2.0
// The REST door: what message services may do, each within its own participants.
#include "api/api.hpp"

#include "api/handlers.hpp"
#include "api/json.hpp"

namespace api {

namespace {

constexpr Route routes[] = {
    {"GET", "/healthz", health, Access::anybody},
    {"GET", "/v1/errors/{code}", explain_error, Access::anybody},
    {"POST", "/v1/messages", submit},
    {"GET", "/v1/messages", list_messages},
    {"GET", "/v1/messages/{id}", show_message},
    {"GET", "/v1/messages/{id}/receipt", give_receipt},
    {"GET", "/v1/messages/{id}/payloads/{n}", give_part},
    {"POST", "/v1/inbox/lease", lease},
    {"GET", "/v1/inbox/{id}/payload", give_payload},
    {"GET", "/v1/inbox/{id}/payloads/{n}", give_payload},
    {"POST", "/v1/inbox/{id}/ack", acknowledge},
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

    // Without a client nothing is anybody's: a caller without participants would be the operator.
    const msh::Caller nobody{"nobody", {""}};
    Call call{msh_, request, nobody, matched->id, matched->part};
    if (matched->route->access == Access::client) {
        auto caller = authenticate(clients_, request);
        if (!caller) co_return refuse(caller.error(), routes, request);
        call.caller = std::move(*caller);
    }
    if (const auto plain = check_coding(request); !plain)
        co_return refuse(plain.error(), routes, request);
    co_return co_await matched->route->handler(call);
}

} // namespace api
