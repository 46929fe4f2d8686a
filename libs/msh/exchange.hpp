// SPDX-License-Identifier: Apache-2.0
// What every exchange with a peer has in common, be it an attempt or a ping: how the peer is
// reached, and what its answer comes to.
#pragma once

#include "http/client.hpp"
#include "msh/judge.hpp"
#include "msh/state.hpp"

namespace msh {

// A POST to the peer's address by its own TLS and proxy settings; headers and body are the
// caller's.
http::ClientRequest request_to(const State& state, const pmode::Peer& peer);

// The answer to `sent`, proven as far as it goes; `attempt` gets what a record tells of it. Any
// parsable AS4 body counts, whatever the HTTP status [as4-profile 1.4].
asio::awaitable<Outcome> outcome_of(
    State& state, const base::Result<http::ClientResponse>& answer, const as4::Sealed& sent,
    const pmode::Peer& peer, queue::Attempt& attempt
);

} // namespace msh
