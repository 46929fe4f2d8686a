// SPDX-License-Identifier: Apache-2.0
// Receipts and errors in requests of their own (ReplyPattern callback), judged like an answer.
// Receipts for other messages in an answer are settled here too. Each message is settled alone, in
// one transaction with its evidence. A stranger costs one parse, a bounded number of look-ups in
// the store and no private key. An error is never answered with an error [EBMS 6.6].
#include "as4/signer.hpp"
#include "base/log_bounded.hpp"
#include "msh/judge.hpp"
#include "msh/offload.hpp"
#include "msh/remarks.hpp"
#include "msh/state.hpp"

#include <algorithm>

namespace msh {

namespace {

using Claim = as4::ReceivedSignals::Claim;

constexpr std::size_t max_claims = 16; // per request: each costs a look-up in the store

// The origin of signals.
struct Source {
    std::string remote;
    bool known = false;      // a peer, or a client with a certificate
    bool is_request = false; // a request, which waits for our answer
};

// A claim, the message it is about, and what is proven.
struct Examined {
    Claim claim{};
    std::optional<queue::Sent> sent{}; // nothing: not a message of ours
    base::Result<as4::Answer> answer = base::Error(as4::errc::unknown_subject);
    bool agreed = false;              // the P-Mode has signals in requests of their own
    bool may_be_about_clocks = false; // a refusal that a wrong clock of ours may have caused
    bool left_out = false;            // above max_claims: not judged
};

// Finds the message of a claim and judges the claim. Blocks.
Examined
examine(const State& state, as4::ReceivedSignals& signals, const Claim& claim, base::Time now)
{
    Examined examined{.claim = claim};
    auto sent = state.parts.queue.find_sent(claim.subject);
    if (!sent) {
        if (sent.error().code != queue::errc::not_found) examined.answer = sent.error();
        return examined;
    }
    const auto* peer = state.parts.pmodes.by_name(sent->header.peer);
    const auto sealed = as4::Sealed::from_bytes(sent->sealed, sent->earlier_forms);
    if (!peer)
        examined.answer = base::Error(pmode::errc::unknown_peer, sent->header.peer);
    else if (!sealed)
        examined.answer = sealed.error();
    else
        examined.answer = signals.judge(*sealed, *peer, state.parts.trust, now);
    const auto* const error =
        examined.answer ? std::get_if<as4::PeerError>(&*examined.answer) : nullptr;
    examined.may_be_about_clocks = error && may_be_about_clocks(*error, peer->pmode);
    examined.agreed = peer && peer->pmode.receipt_reply == pmode::ReplyPattern::callback;
    examined.sent = std::move(*sent);
    return examined;
}

// Judges the receipts of an answer that are for other messages than the one that was sent. Blocks.
std::vector<Examined> examine_beside(
    const State& state, as4::ReceivedSignals& signals, const std::string& message_id, base::Time now
)
{
    auto claims = signals.claims();
    std::erase_if(claims, [&](const Claim& claim) {
        return claim.kind != Claim::Kind::receipt || claim.subject == message_id;
    });
    std::vector<Examined> all;
    for (std::size_t n = 0; n < std::min(claims.size(), max_claims); ++n)
        all.push_back(examine(state, signals, claims[n], now));
    return all;
}

// Judges the signals of one request, with one result per message. Never empty. Blocks.
std::vector<Examined> examine(const State& state, base::Bytes soap, base::Time now)
{
    auto signals = as4::ReceivedSignals::read(std::move(soap));
    if (!signals) return {Examined{.answer = signals.error()}};
    const auto claims = signals->claims();
    std::vector<Examined> all;
    for (std::size_t n = 0; n < std::min(claims.size(), max_claims); ++n)
        all.push_back(examine(state, *signals, claims[n], now));
    if (claims.size() <= max_claims) return all;
    // claims() has receipts first, so the first claim left out is a receipt if any receipt is left
    // out. The answer names it, so that the peer knows which ones to send again.
    const base::Error surplus(
        ebms::errc::unsupported, "signals about " + std::to_string(claims.size()) +
                                     " messages in one request; the first " +
                                     std::to_string(max_claims) + " are looked at"
    );
    all.push_back({.claim = claims[max_claims], .answer = surplus, .left_out = true});
    return all;
}

// Returns what to record: a proof, an error that ends the message, or a note.
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
        signal.proven_form = describe_form(*proof);
        signal.remarks = remarks_of(*proof);
        signal.contradiction = contradiction_of(*proof);
        return signal;
    }
    const auto& error = std::get<as4::PeerError>(*examined.answer);
    signal.error = describe(error);
    signal.contradiction = contradiction_of(error);
    // Unlike a receipt, an error does not prove which message it answers. A third party may have
    // sent our MessageId to the peer to provoke the error. If the P-Mode has errors come in the
    // response, only those count.
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
    const auto level = good && proof ? base::Level::info
                       : ended       ? base::Level::error
                                     : base::Level::warning;
    base::log(
        level, settled.changed ? queue::to_text(settled.state) : "signal",
        {{"id", signal.id},
         {"message_id", examined.claim.subject},
         {"peer", examined.sent->header.peer},
         {"signal_id", examined.claim.message_id},
         {"state", std::string(queue::to_text(settled.state))},
         {"receipt", signal.receipt_id},
         {"form", signal.proven_form},
         {"cause", signal.error}}
    );
}

void log_untaken(const Examined& examined, const base::Error& error, const Source& source)
{
    // Lines about our own messages and known peers are always written. Other lines are limited,
    // because a stranger could send any number of them.
    const auto write = examined.sent || source.known ? base::log : base::log_bounded;
    write(
        base::Level::warning, "signal_refused",
        {{"message_id", examined.claim.subject},
         {"signal_id", examined.claim.message_id},
         {"remote", source.remote},
         {"cause", error.text()},
         {"act", as4::error_answer(error).act}}
    );
}

std::string what_it_says(const Examined& examined)
{
    if (!examined.answer) return examined.answer.error().text();
    const auto* error = std::get_if<as4::PeerError>(&*examined.answer);
    return error ? describe(*error) : "";
}

// Whether the result depends on the time while the clock is in doubt. A wrong date makes the
// signer's certificate look expired. A permanent refusal would then lose the proof. A wrong date
// may also be why the peer refused our wsu:Timestamp, which must not end the message. `jumped`: the
// clock had jumped when the signal was judged.
bool is_in_doubt(State& state, bool jumped, const Examined& examined, const Source& source)
{
    const bool by_time = examined.answer ? examined.may_be_about_clocks
                                         : as4::depends_on_time(examined.answer.error());
    if (!by_time || !examined.sent) return false;
    auto doubt = state.clock_doubt(examined.sent->header.peer);
    if (doubt.empty() && jumped) doubt = "the clock had jumped";
    if (doubt.empty()) return false;
    base::log_bounded(
        base::Level::warning, "signal_refused",
        {{"message_id", examined.claim.subject},
         {"signal_id", examined.claim.message_id},
         {"remote", source.remote},
         {"code", source.is_request ? "503" : ""},
         {"cause", doubt + ": " + what_it_says(examined)},
         {"act", "operator: check the date of this machine; if it is right, see cause"}}
    );
    return true;
}

enum class Taken { yes, no, not_now };

// Settles what is proven about one message, and records a note otherwise.
asio::awaitable<Taken>
take(State& state, bool jumped, const Examined& examined, const Source& source)
{
    if (is_in_doubt(state, jumped, examined, source)) co_return Taken::not_now;
    if (!examined.answer) log_untaken(examined, examined.answer.error(), source);
    const bool ours_to_mend =
        !examined.answer && !as4::error_answer(examined.answer.error()).code.has_value();
    const auto untaken = ours_to_mend ? Taken::not_now : Taken::no;
    if (!examined.sent) co_return untaken;

    const auto signal = signal_of(examined, state.moment().wall);
    auto write = [&queue = state.parts.queue, signal = signal](auto done) mutable {
        queue.signal(std::move(signal), std::move(done));
    };
    const auto settled = co_await committed<queue::Signalled>(state.workers, std::move(write));
    if (!examined.answer) co_return untaken;
    if (!settled) {
        base::log(
            base::Level::error, "signal_not_settled",
            {{"id", signal.id}, {"cause", settled.error().text()}}
        );
        co_return Taken::not_now;
    }
    if (settled->changed) ++state.counters.settled[settled->state];
    log_signal(examined, signal, *settled);
    log_remarks(settled->remarks, signal.id, examined.sent->header);
    co_return Taken::yes;
}

// The results of all signals of a request.
struct Outcomes {
    bool any_taken = false;
    bool any_put_off = false;
    const Examined* refused = nullptr; // the first of the highest rank

    void add(const Examined& examined, Taken taken)
    {
        any_taken = any_taken || taken == Taken::yes;
        any_put_off = any_put_off || taken == Taken::not_now;
        if (taken != Taken::no) return;
        if (!refused || rank(examined) > rank(*refused)) refused = &examined;
    }

private:
    // The answer can name only one refused signal. A receipt that was left out may be a proof, so
    // the peer must send it again.
    static int rank(const Examined& examined)
    {
        if (examined.claim.kind == Claim::Kind::error) return 0;
        return examined.left_out ? 2 : 1;
    }
};

// If one signal must be sent again, the peer sends all again, which changes nothing for those that
// were taken. A refused receipt is answered with an unsigned error that names it; the status is 200
// if other signals were taken. A refused error is never answered with an error.
http::Response answer_to(State& state, const Outcomes& outcomes)
{
    if (outcomes.any_put_off) return unavailable(state);
    const auto* refused = outcomes.refused;
    if (refused && refused->claim.kind == Claim::Kind::receipt) {
        const auto answer = as4::error_answer(refused->answer.error());
        return http::plain(
            outcomes.any_taken ? 200 : 400, soap_type,
            as4::make_unsigned_error_signal(answer, refused->claim.message_id, base::now())
        );
    }
    if (refused && !outcomes.any_taken)
        return http::plain(400, "text/plain; charset=UTF-8", "Not taken.\n");
    return http::plain(202, "text/plain; charset=UTF-8", "");
}

} // namespace

asio::awaitable<http::Response>
receive_signal(std::shared_ptr<State> state, base::Bytes soap, http::Request& request)
{
    const auto now = state->moment().wall;
    const bool jumped = state->clock.jumped().has_value();
    const auto look = [&] { return examine(*state, std::move(soap), now); };
    const auto examined = co_await offload(state->workers, look);
    const Source source{request.remote(), request.client_certificate().has_value(), true};
    Outcomes outcomes;
    for (const auto& each : examined) {
        const auto taken = co_await take(*state, jumped, each, source);
        outcomes.add(each, taken);
    }
    co_return answer_to(*state, outcomes);
}

asio::awaitable<void> take_receipts_beside(
    State& state, as4::ReceivedSignals& signals, const std::string& message_id,
    const std::string& url
)
{
    const auto now = state.moment().wall;
    const bool jumped = state.clock.jumped().has_value();
    const auto look = [&] { return examine_beside(state, signals, message_id, now); };
    const auto examined = co_await offload(state.workers, look);
    const Source source{url, true, false};
    // The result is not needed: a message whose receipt is not taken goes on to its next attempt.
    for (const auto& each : examined)
        co_await take(state, jumped, each, source);
}

} // namespace msh
