// SPDX-License-Identifier: Apache-2.0
// A receipt or an error as a request of its own (ReplyPattern callback): judged as an answer would
// be, settled in one transaction with its evidence. A stranger costs us one look into the store and
// no private key; an error is never answered with an error [EBMS 6.6].
#include "as4/signer.hpp"
#include "base/log_bounded.hpp"
#include "msh/judge.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

namespace msh {

namespace {

using Kind = as4::ClaimedSignal::Kind;

// What was said, of which message, and what of it is proven.
struct Examined {
    as4::ClaimedSignal claimed;
    std::optional<queue::Sent> sent; // nothing: no message of ours
    base::Result<as4::Answer> answer;
    bool agreed = false; // the P-Mode has signals come so
};

// Blocks.
Examined examine(const State& state, base::BytesView soap, base::Time now)
{
    Examined examined{{}, {}, base::Error(as4::errc::unknown_subject), false};
    const auto claimed = as4::claimed_signal(soap);
    if (!claimed) {
        examined.answer = claimed.error();
        return examined;
    }
    examined.claimed = *claimed;
    auto sent = state.parts.queue.find_sent(claimed->subject);
    if (!sent) {
        if (sent.error().code != queue::errc::not_found) examined.answer = sent.error();
        return examined;
    }
    const auto* peer = state.parts.pmodes.by_name(sent->header.peer);
    const auto sealed = as4::Sealed::from_bytes(sent->sealed);
    if (!peer)
        examined.answer = base::Error(pmode::errc::unknown_peer, sent->header.peer);
    else if (!sealed)
        examined.answer = sealed.error();
    else
        examined.answer = as4::read_signal(soap, *sealed, *peer, state.parts.trust, now);
    examined.agreed = peer && peer->pmode.receipt_reply == pmode::ReplyPattern::callback;
    examined.sent = std::move(*sent);
    return examined;
}

// What the record is told: a proof, an error that ends the message, or a note.
queue::Signal signal_of(const Examined& examined, base::Time now)
{
    queue::Signal signal;
    signal.id = examined.sent->id;
    signal.at = now;
    if (!examined.answer) {
        signal.error = "not taken: " + examined.answer.error().text();
        return signal;
    }
    if (const auto* proof = std::get_if<as4::ReceiptProof>(&*examined.answer)) {
        signal.state = queue::State::delivered;
        signal.receipt = proof->soap;
        signal.receipt_id = proof->message_id;
        signal.receipt_signer = proof->signer.der();
        return signal;
    }
    const auto& error = std::get<as4::PeerError>(*examined.answer);
    signal.error = describe(error);
    // Unlike a receipt, an error proves nothing of what it answers: somebody else may have shown
    // the peer our MessageId to be told off. Where its word comes in the response, only that
    // counts.
    if (!examined.agreed) return signal;
    const bool arriving = examined.sent->state == queue::State::sending;
    signal.state = final_state(error, examined.sent->outcome_unknown || arriving);
    return signal;
}

void log_signal(
    const Examined& examined, const queue::Signal& signal, const queue::Signalled& settled
)
{
    using queue::State;
    const bool proof = signal.state == State::delivered;
    const bool good = settled.state == State::delivered;
    const bool ended = settled.changed && !good;
    const auto level = good && proof                          ? base::Level::info
                       : ended || (proof && !settled.changed) ? base::Level::error
                                                              : base::Level::warning;
    base::log(
        level, settled.changed ? queue::to_text(settled.state) : "signal",
        {{"id", signal.id},
         {"message_id", examined.claimed.subject},
         {"peer", examined.sent->header.peer},
         {"signal_id", examined.claimed.message_id},
         {"state", std::string(queue::to_text(settled.state))},
         {"receipt", signal.receipt_id},
         {"cause", signal.error}}
    );
}

void log_untaken(const Examined& examined, const base::Error& error, const http::Request& request)
{
    // About a message of ours it is kept whole; about others a stranger could say anything.
    const auto write =
        examined.sent || request.client_certificate() ? base::log : base::log_bounded;
    write(
        base::Level::warning, "signal_refused",
        {{"message_id", examined.claimed.subject},
         {"signal_id", examined.claimed.message_id},
         {"remote", request.remote()},
         {"cause", error.text()},
         {"act", as4::error_answer(error).act}}
    );
}

// A wrong date makes the signer's certificate look expired; refused for good, the proof would be
// lost. `jumped`: the clock was in doubt when it was looked at.
bool is_in_doubt(State& state, bool jumped, const Examined& examined, const http::Request& request)
{
    if (examined.answer || !as4::depends_on_time(examined.answer.error())) return false;
    auto doubt = state.clock_doubt();
    if (doubt.empty() && jumped) doubt = "the clock had jumped";
    if (doubt.empty()) return false;
    base::log_bounded(
        base::Level::warning, "signal_refused",
        {{"message_id", examined.claimed.subject},
         {"signal_id", examined.claimed.message_id},
         {"remote", request.remote()},
         {"code", "503"},
         {"cause", doubt + ": " + examined.answer.error().text()},
         {"act", "operator: check the date of this machine (kurir status)"}}
    );
    return true;
}

// The answer to what was not taken: unsigned, and to a receipt only.
http::Response untaken(State& state, const Examined& examined)
{
    const auto answer = as4::error_answer(examined.answer.error());
    if (!answer.code) return unavailable(state);
    if (examined.claimed.kind == Kind::error)
        return http::plain(400, "text/plain; charset=UTF-8", "Not taken.\n");
    return http::plain(
        400, soap_type,
        as4::make_unsigned_error_signal(answer, examined.claimed.message_id, base::now())
    );
}

} // namespace

asio::awaitable<http::Response>
receive_signal(std::shared_ptr<State> state, base::Bytes soap, http::Request& request)
{
    const auto now = state->moment().wall;
    const bool jumped = state->clock.jumped().has_value();
    const auto look = [&] { return examine(*state, soap, now); };
    const auto examined = co_await offload(state->workers, look);
    if (is_in_doubt(*state, jumped, examined, request)) co_return unavailable(*state);
    if (!examined.answer) log_untaken(examined, examined.answer.error(), request);
    if (!examined.sent) co_return untaken(*state, examined);

    const auto signal = signal_of(examined, state->moment().wall);
    auto write = [&queue = state->parts.queue, signal = signal](auto done) mutable {
        queue.signal(std::move(signal), std::move(done));
    };
    const auto settled = co_await committed<queue::Signalled>(state->workers, std::move(write));
    if (!examined.answer) co_return untaken(*state, examined);
    if (!settled) {
        base::log(
            base::Level::error, "signal_not_settled",
            {{"id", signal.id}, {"cause", settled.error().text()}}
        );
        co_return unavailable(*state);
    }
    if (settled->changed) ++state->counters.settled[settled->state];
    log_signal(examined, signal, *settled);
    co_return http::plain(202, "text/plain; charset=UTF-8", "");
}

} // namespace msh
