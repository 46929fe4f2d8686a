// SPDX-License-Identifier: Apache-2.0
// One exchange with a peer: where the request goes, and what came back.
#include "msh/exchange.hpp"

#include "msh/offload.hpp"
#include "msh/retry_after.hpp"

namespace msh {

http::ClientRequest request_to(const State& state, const pmode::Peer& peer)
{
    http::ClientRequest request;
    request.url = peer.url;
    const auto destination = state.parts.destinations.find(peer.name);
    if (destination != state.parts.destinations.end()) request.destination = destination->second;
    return request;
}

namespace {

// A wrong date makes every certificate look invalid.
base::Error with_doubt(const State& state, base::Error error)
{
    const bool certificate = error.code == http::errc::server_certificate ||
                             error.code == http::errc::certificate_refused;
    if (!certificate) return error;
    const auto suspicion = clock_suspicion(state.parts.witnesses, state.settings.clocks().wall);
    if (!suspicion.empty()) error.detail += "; " + suspicion;
    return error;
}

} // namespace

asio::awaitable<Outcome> outcome_of(
    State& state, const base::Result<http::ClientResponse>& answer, const as4::Sealed& sent,
    const pmode::Peer& peer, queue::Attempt& attempt
)
{
    Outcome outcome{base::Error(as4::errc::answer_empty), 0, {}};
    if (!answer) {
        outcome.answer = with_doubt(state, answer.error());
        co_return outcome;
    }
    attempt.http_status = answer->status;
    attempt.bytes = answer->sent;
    if (answer->server) attempt.tls_peer = answer->server->subject();
    outcome.http_status = answer->status;
    const auto now = state.moment().wall;
    outcome.retry_after = retry_after(answer->headers.get("Retry-After").value_or(""), now);

    const auto content_type = answer->headers.get("Content-Type").value_or("");
    const auto check = [&] {
        return as4::read_answer(content_type, answer->body, sent, peer, state.parts.trust, now);
    };
    outcome.answer = co_await offload(state.workers, check);
    co_return outcome;
}

} // namespace msh
