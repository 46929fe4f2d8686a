// SPDX-License-Identifier: Apache-2.0
// One exchange with a peer: makes the request and reads the answer.
#include "msh/exchange.hpp"

#include "msh/offload.hpp"
#include "msh/retry_after.hpp"

#include <algorithm>

namespace msh {

namespace {

// Replaces the error of an unreadable answer if the transport is the reason. An answer with a
// proven receipt is never replaced: its signature proves that nothing of the receipt is missing.
base::Error by_transport(base::Error error, const http::ClientResponse& answer)
{
    const bool unreadable = error.code == as4::errc::answer_unreadable;
    const bool unread = unreadable || error.code == as4::errc::answer_empty;
    if (answer.incomplete && unread) return *answer.incomplete;
    // A header may name a coding although the body is plain XML. Then keep the error about the
    // body.
    const bool encoded = !answer.codings.empty() && !base::trim(answer.body).starts_with('<');
    if (!encoded || !unreadable) return error;
    return base::Error(
        as4::errc::answer_unreadable,
        "it is encoded (" + answer.codings +
            ") although the request asked for none (Accept-Encoding: identity). Whether the peer "
            "took the message is unknown. The peer must switch this off in the proxy or web server "
            "before its access point"
    );
}

} // namespace

http::ClientRequest request_to(const State& state, const pmode::Peer& peer)
{
    http::ClientRequest request;
    request.url = peer.url;
    request.keep_incomplete = true; // a signature can prove that the receipt is complete
    const auto destination = state.parts.destinations.find(peer.name);
    if (destination != state.parts.destinations.end()) request.destination = destination->second;
    return request;
}

namespace {

// Adds a suspicion about the clock to the error of a certificate. A wrong date makes every
// certificate look invalid: the peer's to us, and ours to the peer.
base::Error with_doubt(const State& state, base::Error error, const pmode::Peer& peer)
{
    const bool theirs = error.code == http::errc::server_certificate;
    const bool ours = error.code == http::errc::certificate_refused ||
                      error.code == http::errc::own_certificate_invalid;
    if (!theirs && !ours) return error;
    const auto suspicion = clock_suspicion_about(
        state.parts.witnesses, state.settings.clocks().wall, theirs ? peer.name : std::string()
    );
    if (!suspicion.empty()) error.detail += "; " + suspicion;
    return error;
}

bool has_receipts_beside(const as4::ReceivedSignals& signals, const std::string& message_id)
{
    const auto claims = signals.claims();
    return std::ranges::any_of(claims, [&](const as4::ReceivedSignals::Claim& claim) {
        return claim.kind == as4::ReceivedSignals::Claim::Kind::receipt &&
               claim.subject != message_id;
    });
}

} // namespace

asio::awaitable<Outcome> outcome_of(
    State& state, const base::Result<http::ClientResponse>& answer, const as4::Sealed& sent,
    const pmode::Peer& peer, queue::Attempt& attempt
)
{
    Outcome outcome{base::Error(as4::errc::answer_empty), 0, {}};
    if (!answer) {
        outcome.answer = with_doubt(state, answer.error(), peer);
        co_return outcome;
    }
    attempt.http_status = answer->status;
    attempt.bytes = answer->sent;
    if (answer->server) attempt.tls_peer = answer->server->subject();
    outcome.http_status = answer->status;
    const auto now = state.moment().wall;
    outcome.retry_after = retry_after(answer->headers.get("Retry-After").value_or(""), now);

    const auto content_type = answer->headers.get("Content-Type").value_or("");
    const auto check = [&]() -> base::Result<as4::Answer> {
        auto signals = as4::ReceivedSignals::read_answer(content_type, answer->body);
        if (!signals) return signals.error();
        auto judged = signals->judge(sent, peer, state.parts.trust, now);
        if (has_receipts_beside(*signals, sent.message_id))
            outcome.beside = std::make_shared<as4::ReceivedSignals>(std::move(*signals));
        return judged;
    };
    outcome.answer = co_await offload(state.workers, check);
    if (!outcome.answer) outcome.answer = by_transport(outcome.answer.error(), *answer);
    co_return outcome;
}

} // namespace msh
