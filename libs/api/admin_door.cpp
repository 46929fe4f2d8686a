// SPDX-License-Identifier: Apache-2.0
// The operator's door. The socket's file mode is the lock: who can open it may see and do
// everything.
#include "api/api.hpp"

#include "api/json.hpp"
#include "api/verbs.hpp"

namespace api {

namespace {

constexpr std::string_view status_path = "/admin/status";

constexpr Route admin_routes[] = {
    {"GET", status_path, nullptr}, // answered by the door, which knows version and start
    {"GET", "/v1/errors/{code}", explain_error},
    {"POST", "/admin/messages", submit},
    {"GET", "/admin/messages", list_messages},
    {"GET", "/admin/messages/{id}", show_message},
    {"GET", "/admin/messages/{id}/receipt", give_receipt},
    {"GET", "/admin/messages/{id}/payloads/{n}", give_part},
    {"GET", "/admin/inbox", list_inbox},
    {"POST", "/admin/peers/{name}/ping", ping},
};

// What the service is and has to do, in one look.
json::object status(const msh::Msh& msh, const queue::Counts& counts)
{
    json::array participants;
    for (const auto& participant : msh.settings().participants)
        participants.emplace_back(participant);
    json::array peers;
    for (const auto& peer : msh.pmodes().peers())
        peers.push_back(to_json(peer));
    return {
        {"party_id", msh.pmodes().own_party()},
        {"participants", std::move(participants)},
        {"peers", std::move(peers)},
        {"sending_now", msh.sending_now()},
        {"counts", to_json(counts)}};
}

} // namespace

AdminDoor::AdminDoor(msh::Msh& msh, std::string version, base::Time started)
    : msh_(msh), version_(std::move(version)), started_(started)
{
}

asio::awaitable<http::Response> AdminDoor::handle(http::Request& request)
{
    const auto matched = match(admin_routes, request.method(), request.path());
    if (!matched) co_return refuse(matched.error(), admin_routes, request);
    if (matched->route->pattern == status_path) {
        const auto counts = co_await msh_.counts();
        if (!counts) co_return problem_response(counts.error());
        auto body = status(msh_, *counts);
        body["version"] = version_;
        body["started"] = base::to_text(started_);
        co_return json_response(200, body);
    }
    const msh::Caller as_operator{"operator", {}};
    Call call{msh_, request, as_operator, matched->id, matched->part};
    auto response = co_await matched->route->verb(call);
    if (response.status >= 400 && request.method() != "GET") response.close = true;
    co_return response;
}

} // namespace api
