// SPDX-License-Identifier: Apache-2.0
// From method and path to the verb that answers. Both doors are tables of routes; rights are in the
// Call's caller, so a verb is written once.
#pragma once

#include "api/api.hpp"
#include "api/problem.hpp"

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

enum class Access { client, anybody };

struct Route {
    std::string_view method;
    std::string_view pattern; // "/v1/messages/{id}/payloads/{n}": each {…} is one segment
    Handler handler;
    Access access = Access::client;
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
