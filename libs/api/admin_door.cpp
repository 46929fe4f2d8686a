// SPDX-License-Identifier: Apache-2.0
// The operator's door. Only the file mode of the socket limits access: a program that can open the
// socket may see and do everything.
#include "api/api.hpp"

#include "api/handlers.hpp"
#include "api/json.hpp"
#include "api/metrics.hpp"

#include <algorithm>

namespace api {

namespace {

constexpr std::string_view status_path = "/admin/status";
constexpr std::string_view metrics_path = "/metrics";

using msh::Scope;

// A route without a handler is answered by AdminDoor::handle(), which knows version, start and
// doors.
constexpr Route routes[] = {
    {"GET", status_path, nullptr, Scope::read},
    {"GET", metrics_path, nullptr, Scope::read},
    {"GET", "/v1/errors/{code}", explain_error, Access::anybody()},
    {"POST", "/admin/messages", submit, Scope::submit},
    {"GET", "/admin/messages", list_messages, Scope::read},
    {"GET", "/admin/messages/{id}", show_message, Scope::read},
    {"GET", "/admin/messages/{id}/receipt", give_receipt, Scope::read},
    {"GET", "/admin/messages/{id}/payloads/{n}", give_part, Scope::read},
    {"GET", "/admin/inbox", list_inbox, Scope::read},
    {"POST", "/admin/backup", begin_backup, Scope::operate},
    {"GET", "/admin/backup", show_backup, Scope::read},
    {"GET", "/admin/stuck", list_stuck, Scope::read},
    {"GET", "/admin/peers", list_destinations, Scope::read},
    {"POST", "/admin/peers/{name}/ping", ping, Scope::operate},
    {"POST", "/admin/peers/{name}/admin_state", set_admin_state, Scope::operate},
    {"POST", "/admin/peers/{name}/flush", flush, Scope::operate},
    {"POST", "/admin/admin_state", set_admin_state, Scope::operate}, // for all peers
    {"POST", "/admin/flush", flush, Scope::operate},
};

msh::Caller operator_of_socket()
{
    return {"operator", queue::Visibility::all(), msh::Scopes::all()};
}

// Returns the peer with its breaker, admin state and failures.
json::object with_state(const pmode::Peer& peer, const std::vector<msh::Destination>& destinations)
{
    auto object = to_json(peer);
    const auto found = std::ranges::find(destinations, peer.name, &msh::Destination::peer);
    if (found == destinations.end()) return object;
    object["breaker"] = msh::to_text(found->breaker);
    object["admin_state"] = queue::to_text(found->admin_state);
    const auto failing = found->consecutive_failures > 0;
    object["last_failure"] = failing ? json::value(found->last_failure) : json::value(nullptr);
    object["failing_since"] = found->failing_since
                                  ? json::value(base::to_text(*found->failing_since))
                                  : json::value(nullptr);
    object["held"] = found->held.empty() ? json::value(nullptr) : json::value(found->held);
    return object;
}

std::int64_t seconds_of(base::Duration duration)
{
    return std::chrono::round<std::chrono::seconds>(duration).count();
}

json::value obstacle_or_null(const std::optional<queue::Obstacle>& obstacle)
{
    if (!obstacle) return nullptr;
    return json::object{
        {"since", base::to_text(obstacle->since)}, {"by", obstacle->by}, {"own", obstacle->own}
    };
}

// Returns the client with the most connections at a door; null if no client has a connection.
json::value holder(const std::string& who, std::size_t connections, bool at_share)
{
    if (connections == 0) return nullptr;
    return json::object{{"who", who}, {"connections", connections}, {"at_share", at_share}};
}

json::array described(const std::vector<DoorFigures>& doors)
{
    json::array all;
    for (const auto& door : doors) {
        const auto& figures = door.connections;
        json::object phases;
        std::size_t held = 0;
        for (std::size_t i = 0; i < figures.now.size(); ++i) {
            const auto phase = static_cast<http::Phase>(i);
            phases[http::to_text(phase)] = figures.now[i];
            if (phase != http::Phase::waiting) held += figures.now[i];
        }
        all.emplace_back(json::object{
            {"name", door.name},
            {"connections", held},
            {"limit", figures.limit},
            {"full", figures.full},
            {"phases", std::move(phases)},
            {"busiest_address",
             holder(figures.busiest_address, figures.of_address, figures.address_at_share)},
            {"busiest_certificate",
             holder(
                 figures.busiest_certificate, figures.of_certificate, figures.certificate_at_share
             )}
        });
    }
    return all;
}

// Returns the answer of /admin/status, still without version, start and doors.
json::object
status(const msh::Msh& msh, const queue::Counts& counts, const std::vector<queue::Stuck>& stuck)
{
    const auto destinations = msh.destinations();
    json::array participants;
    for (const auto& participant : msh.settings().participants)
        participants.emplace_back(participant);
    json::array peers;
    for (const auto& peer : msh.pmodes().peers())
        peers.push_back(with_state(peer, destinations));
    const auto jumped = msh.clock_jumped();
    const auto store = msh.statistics();
    const auto suspicion = msh.clock_suspicion();
    json::array short_of;
    for (const auto shortage : msh.pressure().short_of())
        short_of.emplace_back(msh::to_text(shortage));
    return {
        {"party_id", msh.pmodes().own_party()},
        {"participants", std::move(participants)},
        {"peers", std::move(peers)},
        {"sending_now", msh.sending_now()},
        {"takes_more", msh.takes_more()},
        {"short_of", std::move(short_of)},
        {"disk_free", msh.pressure().measured() ? json::value(msh.pressure().load().disk_free)
                                                : json::value(nullptr)},
        {"store",
         {{"log_octets", store.log_octets},
          {"lock", obstacle_or_null(store.lock)},
          {"log", obstacle_or_null(store.log)}}},
        {"clock_jumped", jumped ? json::value(seconds_of(*jumped)) : json::value(nullptr)},
        {"clock_suspicion", suspicion.empty() ? json::value(nullptr) : json::value(suspicion)},
        {"signing_expires", base::to_text(msh.certificate().not_after())},
        {"stuck", stuck.size()},
        {"counts", to_json(counts)}
    };
}

} // namespace

std::span<const Route> admin_routes()
{
    return routes;
}

AdminDoor::AdminDoor(msh::Msh& msh, About about) : msh_(msh), about_(std::move(about)) {}

asio::awaitable<http::Response> AdminDoor::handle(http::Request& request)
{
    const auto matched = match(routes, request.method(), request.path());
    if (!matched) co_return refuse(matched.error(), routes, request);
    Call call{msh_, request, operator_of_socket(), matched->id, matched->part};
    if (const auto may = admit(*matched->route, call); !may)
        co_return refuse(may.error(), routes, request);
    if (matched->route->pattern == status_path) {
        const auto counts = co_await msh_.counts();
        if (!counts) co_return problem_response(counts.error());
        const auto stuck = co_await msh_.stuck();
        if (!stuck) co_return problem_response(stuck.error());
        auto body = status(msh_, *counts, *stuck);
        body["version"] = about_.version;
        body["started"] = base::to_text(about_.started);
        body["doors"] = described(about_.doors());
        co_return json_response(200, body);
    }
    if (matched->route->pattern == metrics_path) co_return co_await metrics(msh_, about_);
    co_return co_await matched->route->handler(call);
}

} // namespace api
