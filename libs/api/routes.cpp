// SPDX-License-Identifier: Apache-2.0
// Finds the route and identifies the caller.
#include "api/routes.hpp"

#include "base/log_bounded.hpp"
#include "crypto/digest.hpp"

#include <optional>

namespace api {

namespace {

// Returns the path segments for each {…} of the pattern; nothing if the path does not match.
std::optional<std::vector<std::string>> fit(std::string_view pattern, std::string_view path)
{
    std::vector<std::string> found;
    while (!pattern.empty() && !path.empty()) {
        // Compare segment by segment, each with its leading slash.
        const auto wanted = pattern.substr(0, pattern.find('/', 1));
        const auto given = path.substr(0, path.find('/', 1));
        if (wanted.starts_with("/{")) {
            if (!given.starts_with('/') || given.size() == 1) return std::nullopt;
            found.emplace_back(given.substr(1));
        } else if (wanted != given) {
            return std::nullopt;
        }
        pattern.remove_prefix(wanted.size());
        path.remove_prefix(given.size());
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return found;
}

const Client* by_token(const std::vector<Client>& clients, base::BytesView token)
{
    const auto digest = crypto::sha256(token);
    const Client* found = nullptr;
    // Compare with all clients, even after a match, so that the time taken reveals nothing.
    for (const auto& client : clients) {
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
        // A token that is sent decides alone: a valid certificate does not replace a wrong token.
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

// Describes the credential of a client for comparison with the configuration. Never returns the
// secret itself.
std::string credential_of(const http::Request& request)
{
    const auto& certificate = request.client_certificate();
    std::string shown = request.headers().get("Authorization") ? "a token" : "";
    if (certificate)
        shown += (shown.empty() ? "" : " and ") + std::string("the certificate ") +
                 crypto::described(*certificate) + ", SHA-256 " +
                 base::hex(certificate->fingerprint());
    return shown.empty() ? "no certificate and no token" : shown;
}

base::Result<> check_coding(const http::Request& request)
{
    // The body of a GET has no meaning [RFC 9110 9.3.1], so its coding has none, either.
    if (request.method() == "GET" || request.method() == "HEAD") return {};
    const auto codings = http::content_codings(request.headers());
    if (codings.empty()) return {};
    return base::Error(errc::unsupported_coding, "Content-Encoding: " + codings);
}

} // namespace

base::Result<Matched>
match(std::span<const Route> routes, std::string_view method, std::string_view path)
{
    bool known = false;
    for (const auto& route : routes) {
        auto found = fit(route.pattern, path);
        if (!found) continue;
        found->resize(2);
        const bool same = route.method == method || (route.method == "GET" && method == "HEAD");
        if (same) return Matched{&route, found->at(0), found->at(1)};
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
        if (route.method == "GET") methods += ", HEAD";
    }
    return methods;
}

base::Result<msh::Caller>
authenticate(const std::vector<Client>& clients, const http::Request& request)
{
    const auto* client = find_client(clients, request);
    // A client without participants could only be a mistake of the program that made it.
    if (!client || client->participants.empty()) return base::Error(errc::unauthorized);
    return msh::Caller{client->name, queue::Visibility::of(client->participants), client->scopes};
}

base::Result<> authorize(const Route& route, const msh::Caller& caller)
{
    const auto scope = route.access.scope();
    if (!scope || caller.scopes.has(*scope)) return {};
    return base::Error(
        errc::scope_missing, "the client " + caller.name + " does not have the scope \"" +
                                 std::string(msh::to_text(*scope)) + "\""
    );
}

msh::Caller unknown_caller()
{
    return {"unknown", queue::Visibility::of({}), {}};
}

base::Result<> admit(const Route& route, const Call& call)
{
    if (auto may = authorize(route, call.caller); !may) return may;
    return check_coding(call.request);
}

http::Response
refuse(const base::Error& error, std::span<const Route> routes, const http::Request& request)
{
    auto response = problem_response(error);
    if (error.code == errc::method_not_allowed)
        response.headers.set("Allow", allowed(routes, request.path()));
    if (error.code == errc::unsupported_coding)
        response.headers.set("Accept-Encoding", "identity"); // [RFC 9110 15.5.16]
    if (error.code == errc::scope_missing)
        base::log_bounded(
            base::Level::info, "scope_missing",
            {{"remote", request.remote()},
             {"path", request.path()},
             {"error", error.detail},
             {"act", "operator: add the scope to the scopes of this [[client]], if it may do this"}}
        );
    if (error.code == errc::unauthorized)
        base::log_bounded(
            base::Level::info, "unauthorized",
            {{"remote", request.remote()},
             {"path", request.path()},
             {"shown", credential_of(request)},
             {"act", "operator: compare with the [[client]] tables; client: or show another"}}
        );
    return response;
}

} // namespace api
