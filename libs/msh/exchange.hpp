// SPDX-License-Identifier: Apache-2.0
// The common parts of every exchange with a peer, for attempts and pings: how to reach the peer,
// and how to read its answer.
#pragma once

#include "http/client.hpp"
#include "msh/judge.hpp"
#include "msh/state.hpp"

namespace msh {

// Returns a POST to the peer's address with its TLS and proxy settings. The caller adds headers and
// body.
http::ClientRequest request_to(const State& state, const pmode::Peer& peer);

// Reads the answer to `sent` and checks its proofs. Fills `attempt` with the values for the record.
// Any parsable AS4 body counts, whatever the HTTP status [as4-profile 1.4].
asio::awaitable<Outcome> outcome_of(
    State& state, const base::Result<http::ClientResponse>& answer, const as4::Sealed& sent,
    const pmode::Peer& peer, queue::Attempt& attempt
);

} // namespace msh
