// SPDX-License-Identifier: Apache-2.0
// The handlers of the doors, in the order of schemas/openapi.yaml and admin.yaml. Each handler
// answers one request within the rights of the caller.
#pragma once

#include "api/routes.hpp"

namespace api {

// messages.cpp
asio::awaitable<http::Response> submit(Call& call);
asio::awaitable<http::Response> list_messages(Call& call);
asio::awaitable<http::Response> show_message(Call& call);
asio::awaitable<http::Response> give_receipt(Call& call);
// Sends payload {n} of any message, counted from 0.
asio::awaitable<http::Response> give_part(Call& call);

// inbox.cpp
asio::awaitable<http::Response> lease(Call& call);
// Sends payload {n} of an inbound message; without {n} the first payload.
asio::awaitable<http::Response> give_payload(Call& call);
asio::awaitable<http::Response> acknowledge(Call& call);
asio::awaitable<http::Response> list_inbox(Call& call);

// operators.cpp
asio::awaitable<http::Response> list_destinations(Call& call);
// Both act on the peer {name}; without {name} on all peers.
asio::awaitable<http::Response> set_admin_state(Call& call);
asio::awaitable<http::Response> flush(Call& call);
asio::awaitable<http::Response> list_stuck(Call& call);

// ping.cpp
asio::awaitable<http::Response> ping(Call& call);

// backup.cpp
asio::awaitable<http::Response> begin_backup(Call& call);
asio::awaitable<http::Response> show_backup(Call& call);

// health.cpp
asio::awaitable<http::Response> health(Call& call);

// rest_door.cpp
asio::awaitable<http::Response> explain_error(Call& call);

} // namespace api
