// SPDX-License-Identifier: Apache-2.0
// Ping: sends one message of the test service to a peer at once, and says what its answer proves.
// Nothing of it is queued or stored [ED115 1.4.4.3][TA16].
#include "msh/msh.hpp"

#include "base/log.hpp"
#include "msh/exchange.hpp"
#include "msh/obstacle.hpp"
#include "msh/outbound.hpp"
#include "msh/remarks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace msh {

namespace {

constexpr std::size_t max_pings = 4; // at once
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Adds the four-corner properties, which some peers demand of every message. Both sides must have a
// named participant for this.
void name_participants(ebms::UserMessage& message, const State& state, const pmode::Peer& peer)
{
    const auto named = [](const std::string& participant) { return participant != "*"; };
    const auto& own = state.settings.participants;
    const auto to = std::ranges::find_if(peer.participants, named);
    if (!peer.pmode.four_corner || own.empty() || to == peer.participants.end()) return;
    const auto& scheme = peer.pmode.participant_scheme;
    message.properties = {{"originalSender", own.front(), scheme}, {"finalRecipient", *to, scheme}};
}

base::Result<as4::Sealed> sealed_ping(const State& state, const pmode::Peer& peer, base::Time now)
{
    auto message = new_message(state.parts.pmodes, peer, now);
    message.service = {std::string(ebms::test_service), {}};
    message.action = ebms::test_action;
    name_participants(message, state, peer);
    return as4::seal(message, {}, peer.pmode, state.parts.signer);
}

// Returns http::errc::timeout_after if no answer came within the limit.
asio::awaitable<base::Result<http::ClientResponse>>
send_within(const State& state, http::ClientRequest request, base::Duration limit)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(state.executor, limit);
    auto first = state.parts.client.send(std::move(request)) || timer.async_wait(as_result);
    auto done = co_await std::move(first);
    if (done.index() == 1) co_return base::Error(http::errc::timeout_after, base::to_text(limit));
    co_return std::move(std::get<0>(done));
}

asio::awaitable<Outcome> exchange(
    State& state, const as4::Sealed& sealed, const pmode::Peer& peer, base::Duration limit,
    queue::Attempt& attempt
)
{
    auto request = request_to(state, peer);
    // [AS4 5.1.1] A message without payload is plain SOAP.
    request.headers.set("Content-Type", soap_type);
    request.body = sealed.envelope;
    const auto answer = co_await send_within(state, std::move(request), limit);
    co_return co_await outcome_of(state, answer, sealed, peer, attempt);
}

// Whether the receipt comes in a request of its own. Nothing of a ping is stored, so that receipt
// will find no message.
bool is_receipt_elsewhere(const Outcome& outcome, const pmode::PMode& pmode)
{
    return pmode.receipt_reply == pmode::ReplyPattern::callback && outcome.http_status / 100 == 2 &&
           !outcome.answer && outcome.answer.error().code == as4::errc::answer_empty;
}

Pinged pinged(const Outcome& outcome, const pmode::Peer& peer, queue::Attempt attempt)
{
    queue::Job once;
    once.expires = base::Time::max();
    auto pmode = peer.pmode;
    pmode.retry.attempts = 0; // 0 = no bound, so that none is exhausted
    const auto verdict = judge(outcome, once, pmode, base::now());
    Pinged result;
    result.receipted = verdict.state == queue::State::delivered;
    result.attempt = std::move(attempt);
    result.attempt.error = verdict.error;
    result.attempt.ebms_error = verdict.ebms_error;
    result.act = verdict.act;
    if (is_receipt_elsewhere(outcome, peer.pmode)) result.act.clear();
    if (is_receipt_elsewhere(outcome, peer.pmode))
        result.attempt.error = "taken without an error; this peer gives its receipts in requests "
                               "of their own (receipt_reply), which a ping cannot wait for";
    if (!result.receipted) return result;
    const auto& proof = std::get<as4::ReceiptProof>(*outcome.answer);
    result.receipt_id = proof.message_id;
    result.receipt_signer = proof.signer.der();
    result.remark = describe(remarks_of(proof));
    return result;
}

// Returns why messages to this peer are held. The ping itself does not show it: without a payload,
// it does not use the encryption certificate, for example.
std::string why_held(State& state, const pmode::Peer& peer)
{
    const auto& own = state.parts.signer.certificate();
    const auto now = state.moment().likely();
    const auto obstacle = obstacle_of(peer, own, peer.pmode.must_encrypt, now);
    return obstacle ? obstacle->cause : std::string();
}

} // namespace

asio::awaitable<base::Result<Pinged>> Msh::ping(std::string name, base::Duration limit)
{
    const auto state = state_;
    if (state->stopping) co_return base::Error(errc::stopping);
    const auto& pmodes = state->parts.pmodes;
    if (name == pmodes.own_party())
        co_return base::Error(errc::no_such_peer, name + " is this access point itself");
    const auto* peer = pmodes.by_name(name);
    if (!peer) co_return base::Error(errc::no_such_peer, name);
    const auto slot = Slot::take(state, &State::pinging, max_pings);
    if (!slot) co_return base::Error(errc::busy, "pings");

    const auto seal_it = [&] { return sealed_ping(*state, *peer, base::now()); };
    const auto sealed = co_await offload(state->workers, seal_it);
    if (!sealed) co_return sealed.error();
    queue::Attempt attempt;
    attempt.started = base::now();
    attempt.endpoint = peer->url;
    const auto outcome = co_await exchange(*state, *sealed, *peer, limit, attempt);
    attempt.took = base::now() - attempt.started;
    auto result = pinged(outcome, *peer, std::move(attempt));
    result.message_id = sealed->message_id;
    result.held = why_held(*state, *peer);
    const bool good = result.receipted && result.held.empty();
    base::log(
        good ? base::Level::info : base::Level::warning, "pinged",
        {{"peer", name},
         {"message_id", result.message_id},
         {"http", std::to_string(result.attempt.http_status)},
         {"receipt", result.receipt_id},
         {"remark", result.remark},
         {"held", result.held},
         {"cause", result.attempt.error},
         {"act", result.act}}
    );
    co_return result;
}

} // namespace msh
