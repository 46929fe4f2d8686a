// SPDX-License-Identifier: Apache-2.0
// The local REST door /v1 for message services, and the operator's door on the admin socket;
// schemas/openapi.yaml is the contract. Answers errors as problem+json (RFC 9457) from one
// catalogue.
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

// A message service that may use /v1: known by a client certificate or a bearer token, bound to
// participants.
struct Client {
    std::string name;
    std::vector<std::string> participants; // whose messages it may see and send
    msh::Scopes scopes = msh::Scopes::of_message_service();
    std::optional<base::Bytes> certificate;  // SHA-256 fingerprint of the exact certificate
    std::optional<base::Bytes> token_sha256; // SHA-256 of the token; compared in constant time
};

// /v1/… over TLS for clients, and GET /healthz.
class RestDoor {
public:
    RestDoor(msh::Msh& msh, std::vector<Client> clients);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    std::vector<Client> clients_;
};

// A door by the name of its table in the configuration.
struct DoorFigures {
    std::string name;
    http::ConnectionFigures connections;
};

// The program and its doors, as metrics and status show them.
struct About {
    std::string version;
    base::Time started;
    std::function<std::vector<DoorFigures>()> doors = [] { return std::vector<DoorFigures>(); };
};

// The admin socket: /admin/status, /admin/messages…, and submission and inbox as the operator. Who
// can open the socket may all. And /metrics.
class AdminDoor {
public:
    AdminDoor(msh::Msh& msh, About about);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    About about_;
};

// GET /metrics and /healthz for anybody who can reach it: figures, no message and no participant.
class MetricsDoor {
public:
    MetricsDoor(msh::Msh& msh, About about);
    asio::awaitable<http::Response> handle(http::Request& request);

private:
    msh::Msh& msh_;
    About about_;
};

} // namespace api
