// SPDX-License-Identifier: Apache-2.0
// The doors, which are the local HTTP interfaces: the REST door /v1 for message services, the admin
// socket for the operator, and the metrics door. schemas/openapi.yaml and schemas/admin.yaml are
// the contract. All doors answer errors as problem+json (RFC 9457) from one catalogue.
#pragma once

#include "http/message.hpp"
#include "http/server.hpp"
#include "msh/msh.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace api {

namespace asio = boost::asio;

// A message service that may use /v1. It is identified by a client certificate or a bearer token,
// and is limited to its participants.
struct Client {
    std::string name;
    std::vector<std::string> participants; // whose messages the client may see and send
    msh::Scopes scopes = msh::Scopes::of_message_service();
    std::optional<base::Bytes> certificate;  // SHA-256 fingerprint of the exact certificate
    std::optional<base::Bytes> token_sha256; // SHA-256 of the token; compared in constant time
};

// Serves /v1/… over TLS to clients, and GET /healthz.
class RestDoor {
public:
    RestDoor(msh::Msh& msh, std::vector<Client> clients);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    std::vector<Client> clients_;
};

// The connections of a door. `name` is the door's table in the configuration.
struct DoorFigures {
    std::string name;
    http::ConnectionFigures connections;
};

// The version, start time and doors of the program, for metrics and status.
struct About {
    std::string version;
    base::Time started;
    std::function<std::vector<DoorFigures>()> doors = [] { return std::vector<DoorFigures>(); };
};

// Serves the admin socket: /admin/status, /admin/messages…, submission and inbox as the operator,
// and /metrics. A program that can open the socket has all rights.
class AdminDoor {
public:
    AdminDoor(msh::Msh& msh, About about);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    About about_;
};

// Serves GET /metrics and /healthz without authentication. The figures name no message and no
// participant.
class MetricsDoor {
public:
    MetricsDoor(msh::Msh& msh, About about);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    About about_;
};

} // namespace api
