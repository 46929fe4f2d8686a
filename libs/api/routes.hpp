// SPDX-License-Identifier: Apache-2.0
// Finds the handler for a method and a path. Each door is a table of routes, and each route names
// the scope that its caller needs. The Call contains what the caller may see, so that one handler
// serves all doors.
#pragma once

#include "api/api.hpp"
#include "api/problem.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace api {

// One request, its caller and the variable segments of its path.
struct Call {
    msh::Msh& msh;
    http::Request& request;
    msh::Caller caller;
    std::string id;   // the segment for {id}, or for the first {…}
    std::string part; // the segment for {n}
};

using Handler = asio::awaitable<http::Response> (*)(Call&);

// The scope that a route requires of its caller. There is no default: each route must state its
// scope.
class Access {
public:
    constexpr Access(msh::Scope scope) : scope_(scope) {}
    // No scope: also for a caller that is not authenticated.
    static constexpr Access anybody() { return Access(); }

    constexpr std::optional<msh::Scope> scope() const { return scope_; }

private:
    constexpr Access() = default;
    std::optional<msh::Scope> scope_;
};

struct Route {
    std::string_view method;
    std::string_view pattern; // "/v1/messages/{id}/payloads/{n}": each {…} is one segment
    Handler handler;
    Access access;
};

struct Matched {
    const Route* route = nullptr;
    std::string id;
    std::string part;
};
// Accepts HEAD wherever GET is accepted [RFC 9110 9.3.2]; the server omits the body.
// errc::no_such_path, errc::method_not_allowed.
base::Result<Matched>
match(std::span<const Route> routes, std::string_view method, std::string_view path);
// Returns the methods of a path for the Allow header (RFC 9110 15.5.6).
std::string allowed(std::span<const Route> routes, std::string_view path);

// The routes of each door: schemas/openapi.yaml and schemas/admin.yaml in code.
std::span<const Route> rest_routes();
std::span<const Route> admin_routes();
std::span<const Route> metrics_routes();

// errc::scope_missing: the route needs a scope that the caller does not have.
base::Result<> authorize(const Route& route, const msh::Caller& caller);
// Returns the caller for routes without authentication. This caller sees no message and has no
// scope.
msh::Caller unknown_caller();

// Identifies the caller by the bearer token if the request has one, else by the certificate of the
// TLS handshake. errc::unauthorized.
base::Result<msh::Caller>
authenticate(const std::vector<Client>& clients, const http::Request& request);

// Decides whether the handler of the route may run: authorize(), and a body without
// Content-Encoding. errc::scope_missing, unsupported_coding.
base::Result<> admit(const Route& route, const Call& call);

// Answers a request that is refused before its handler runs. The body of the request is not read.
http::Response
refuse(const base::Error& error, std::span<const Route> routes, const http::Request& request);

} // namespace api
