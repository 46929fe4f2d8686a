// SPDX-License-Identifier: Apache-2.0
// The verbs of the doors, in the order of schemas/openapi.yaml and admin.yaml. Each answers one
// request within its caller's rights.
#pragma once

#include "api/routes.hpp"

namespace api {

// messages.cpp
asio::awaitable<http::Response> submit(Call& call);
asio::awaitable<http::Response> list_messages(Call& call);
asio::awaitable<http::Response> show_message(Call& call);
asio::awaitable<http::Response> give_receipt(Call& call);
asio::awaitable<http::Response> give_part(Call& call); // payloads/{n} of any message, from 0

// inbox.cpp
asio::awaitable<http::Response> lease(Call& call);
asio::awaitable<http::Response> give_payload(Call& call
); // the same, of an inbound one only; the first without {n}
asio::awaitable<http::Response> acknowledge(Call& call);
asio::awaitable<http::Response> list_inbox(Call& call);

// operators.cpp
asio::awaitable<http::Response> list_destinations(Call& call);
asio::awaitable<http::Response> set_admin_state(Call& call); // of peer {name}; without it, of all
asio::awaitable<http::Response> flush(Call& call);           // the same
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
