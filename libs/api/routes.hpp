// SPDX-License-Identifier: Apache-2.0
// Finds the handler for a method and a path. Each door is a table of routes, and each route names
// the scope that its caller needs. What the caller may see is in the Call, so that one handler
// serves all doors.
#pragma once

#include "api/api.hpp"
#include "api/problem.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace api {

// One request on its way to its answer.
struct Call {
    msh::Msh& msh;
    http::Request& request;
    msh::Caller caller;
    std::string id;   // what stands for {id} in the path, or the first {…}
    std::string part; // what stands for {n}
};

using Handler = asio::awaitable<http::Response> (*)(Call&);

// What a route asks of its caller. There is no default: each route says it.
class Access {
public:
    constexpr Access(msh::Scope scope) : scope_(scope) {}
    static constexpr Access anybody() { return Access(); } // also a caller that is not known

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
// HEAD is taken wherever GET is [RFC 9110 9.3.2]; the server leaves the body out.
// errc::no_such_path, errc::method_not_allowed.
base::Result<Matched>
match(std::span<const Route> routes, std::string_view method, std::string_view path);
// The methods a path takes, as the Allow header has them (RFC 9110 15.5.6).
std::string allowed(std::span<const Route> routes, std::string_view path);

// What each door takes: schemas/openapi.yaml and schemas/admin.yaml in code.
std::span<const Route> rest_routes();
std::span<const Route> admin_routes();
std::span<const Route> metrics_routes();

// errc::scope_missing, if the route needs a scope that the caller does not have.
base::Result<> authorize(const Route& route, const msh::Caller& caller);
// For routes that anybody may ask: it sees no message and has no scope.
msh::Caller unknown_caller();

// Who asks: the bearer token if one is sent, else the certificate of the handshake.
// errc::unauthorized.
base::Result<msh::Caller>
authenticate(const std::vector<Client>& clients, const http::Request& request);

// Bodies are taken without Content-Encoding only. errc::unsupported_coding.
base::Result<> check_coding(const http::Request& request);

// The answer to a request that is refused before its verb ran; its body is not read.
http::Response
refuse(const base::Error& error, std::span<const Route> routes, const http::Request& request);

} // namespace api
