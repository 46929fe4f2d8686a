// SPDX-License-Identifier: Apache-2.0
// Finding the route, and who asks.
#include "api/routes.hpp"

#include "base/log.hpp"
#include "crypto/digest.hpp"

#include <optional>

namespace api {

namespace {

// The {…} of the pattern ("" if it has none), or nothing if the path is another.
std::optional<std::string> fit(std::string_view pattern, std::string_view path)
{
    const auto open = pattern.find('{');
    if (open == std::string_view::npos)
        return pattern == path ? std::optional<std::string>("") : std::nullopt;
    const auto before = pattern.substr(0, open);
    const auto after = pattern.substr(pattern.find('}') + 1);
    if (path.size() <= before.size() + after.size()) return std::nullopt;
    if (!path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
    const auto id = path.substr(before.size(), path.size() - before.size() - after.size());
    if (id.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(id);
}

const Client* by_token(const std::vector<Client>& clients, base::BytesView token)
{
    const auto digest = crypto::sha256(token);
    const Client* found = nullptr;
    for (const auto& client : clients) { // all of them, whatever matches: the time says nothing
        if (client.token_sha256 && base::equal_constant_time(*client.token_sha256, digest))
            found = &client;
    }
    return found;
}

const Client*
by_certificate(const std::vector<Client>& clients, const crypto::Certificate& certificate)
{
    for (const auto& client : clients) {
        if (client.certificate && *client.certificate == certificate.fingerprint()) return &client;
    }
    return nullptr;
}

const Client* find_client(const std::vector<Client>& clients, const http::Request& request)
{
    const auto authorization = request.headers().get("Authorization");
    if (authorization) {
        // A credential that is sent decides: a wrong token is not made good by a certificate.
        constexpr std::string_view scheme = "Bearer ";
        if (request.headers().has_many("Authorization") || authorization->size() <= scheme.size())
            return nullptr;
        if (!base::iequals(std::string_view(*authorization).substr(0, scheme.size()), scheme))
            return nullptr;
        return by_token(
            clients, base::trim(std::string_view(*authorization).substr(scheme.size()))
        );
    }
    if (!request.client_certificate()) return nullptr;
    return by_certificate(clients, *request.client_certificate());
}

} // namespace

base::Result<Matched>
match(std::span<const Route> routes, std::string_view method, std::string_view path)
{
    bool known = false;
    for (const auto& route : routes) {
        const auto id = fit(route.pattern, path);
        if (!id) continue;
        if (route.method == method) return Matched{&route, *id};
        known = true;
    }
    if (known) return base::Error(errc::method_not_allowed);
    return base::Error(errc::no_such_path);
}

std::string allowed(std::span<const Route> routes, std::string_view path)
{
    std::string methods;
    for (const auto& route : routes) {
        if (!fit(route.pattern, path)) continue;
        if (!methods.empty()) methods += ", ";
        methods += route.method;
    }
    return methods;
}

base::Result<msh::Caller>
authenticate(const std::vector<Client>& clients, const http::Request& request)
{
    const auto* client = find_client(clients, request);
    // A caller without participants would be the operator: no client may become that.
    if (!client || client->participants.empty()) return base::Error(errc::unauthorized);
    return msh::Caller{client->name, client->participants};
}

http::Response
refuse(const base::Error& error, std::span<const Route> routes, const http::Request& request)
{
    auto response = problem_response(error);
    if (error.code == errc::method_not_allowed)
        response.headers.set("Allow", allowed(routes, request.path()));
    if (error.code == errc::unauthorized)
        base::log(
            base::Level::info, "unauthorized",
            {{"remote", request.remote()}, {"path", request.path()}}
        );
    response.close = request.method() != "GET";
    return response;
}

} // namespace api
