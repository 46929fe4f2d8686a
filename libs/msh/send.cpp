// SPDX-License-Identifier: Apache-2.0
// Send: sends a claimed message once per attempt. The answer is judged and committed.
#include "msh/send.hpp"

#include "base/log.hpp"
#include "msh/exchange.hpp"
#include "msh/obstacle.hpp"
#include "msh/offload.hpp"
#include "msh/outbound.hpp"
#include "msh/payload_error.hpp"
#include "msh/remarks.hpp"
#include "wss/encryption.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr auto between_tries = std::chrono::milliseconds(500); // to store an outcome

// The body of one attempt, encrypted while it is sent. `limit`: the deadline of the attempt.
class WireSource final : public http::BodySource {
public:
    WireSource(
        as4::Wire& wire, asio::thread_pool& workers, std::chrono::steady_clock::time_point limit,
        std::uint64_t min_rate
    )
        : wire_(wire), workers_(workers), limit_(limit),
          min_rate_(std::max<std::uint64_t>(min_rate, 1))
    {
    }
    std::optional<std::uint64_t> length() const override { return wire_.content_length(); }
    asio::awaitable<base::Result<base::Bytes>> next() override
    {
        // Each min_rate octets sent extend the deadline by a second, so that a large message may
        // take a slow connection.
        if (std::chrono::steady_clock::now() > limit_ + std::chrono::seconds(given_ / min_rate_))
            co_return base::Error(http::errc::timeout_before, "outer limit of the exchange");
        const auto read = [this]() -> base::Result<base::Bytes> {
            const auto piece = wire_.next();
            if (!piece) return payload_error(piece.error());
            given_ += piece->size();
            return base::Bytes(*piece);
        };
        co_return co_await offload(workers_, read);
    }

private:
    as4::Wire& wire_;
    asio::thread_pool& workers_;
    std::chrono::steady_clock::time_point limit_;
    std::uint64_t min_rate_;
    std::uint64_t given_ = 0;
};

// The data that an attempt needs from the store.
struct Outgoing {
    as4::Sealed sealed;
    // The new form of `sealed`, if it was signed again. Not yet stored.
    std::optional<queue::NewForm> new_form;
    std::vector<base::Content> payloads;
    std::optional<as4::Wire> wire;
};

// Whether the signed digest is that of the stored octets. Uncompressed XML and other text are
// signed in another form.
bool is_of_stored_octets(const queue::Part& part)
{
    return part.compressed || wss::content_form(part.mime_type) == wss::ContentForm::octets;
}

base::Result<as4::Sealed> read_sealed(const State& state, const queue::Job& job)
{
    auto sealed = as4::Sealed::from_bytes(job.sealed);
    if (!sealed || !sealed->form) return sealed;
    const auto earlier = state.parts.queue.forms(job.id);
    if (!earlier) return earlier.error();
    return as4::Sealed::from_bytes(job.sealed, *earlier);
}

// [WSS 10] A peer refuses a Timestamp that is too old, so a retry needs a new one. A peer also
// permanently refuses the signature of an expired certificate, so a renewed certificate must sign
// the waiting messages again. The time of signing does not tell which certificate signed: the clock
// may have been wrong then.
base::Result<> renew(
    const State& state, const queue::Job& job, const pmode::Peer& peer, const Moment& now,
    Outgoing& outgoing
)
{
    auto& sealed = outgoing.sealed;
    const bool due = as4::is_due_for_signing(sealed, now.wall) ||
                     !as4::is_signed_with(sealed, peer.pmode, state.parts.signer.certificate());
    if (!due) return {};
    if (auto sound = check_clock(state, now); !sound) return sound;
    auto again = as4::sign_again(sealed, peer.pmode, state.parts.signer, now.wall);
    if (!again) return again.error();
    const bool replaced = again->earlier.size() > sealed.earlier.size();
    auto earlier = replaced ? again->earlier.back().to_bytes() : base::Bytes();
    outgoing.new_form = {job.id, again->to_bytes(), std::move(earlier), now.wall};
    sealed = std::move(*again);
    return {};
}

// Reads the job's octets, signs them again if needed, and prepares the encryption of this attempt.
base::Result<std::unique_ptr<Outgoing>>
open(const State& state, const queue::Job& job, const pmode::Peer& peer, const Moment& now)
{
    // Its address must not change, because the wire reads the payloads in it.
    auto outgoing = std::make_unique<Outgoing>();
    auto sealed = read_sealed(state, job);
    if (!sealed) return sealed.error();
    outgoing->sealed = std::move(*sealed);
    if (auto current = renew(state, job, peer, now, *outgoing); !current) return current.error();
    for (std::size_t n = 0; n < job.parts.size(); ++n) {
        auto content = state.parts.queue.payload(job.id, n, queue::Visibility::all());
        if (!content) return content.error();
        outgoing->payloads.push_back(std::move(*content));
    }
    std::vector<const base::Content*> payloads;
    for (const auto& payload : outgoing->payloads) {
        // Check before a connection is opened in vain.
        if (const auto there = base::ContentReader::open(payload); !there)
            return payload_error(there.error());
        payloads.push_back(&payload);
    }
    std::vector<base::Bytes> sha256;
    for (const auto& part : job.parts)
        sha256.push_back(is_of_stored_octets(part) ? part.sha256 : base::Bytes());
    auto wire = as4::Wire::make(
        outgoing->sealed, std::move(payloads), peer.pmode, peer.encryption, std::move(sha256)
    );
    if (!wire) return wire.error();
    outgoing->wire = std::move(*wire);
    return outgoing;
}

// A receipt may refer to any form that was sent. So a new form is stored before it is sent;
// otherwise it would be unknown after a crash.
asio::awaitable<base::Result<>> keep_form(State& state, const Outgoing& outgoing)
{
    if (!outgoing.new_form) co_return base::Result<>();
    auto write = [&queue = state.parts.queue, owner = state.owner,
                  form = *outgoing.new_form](auto done) mutable {
        queue.add_form(std::move(owner), std::move(form), std::move(done));
    };
    auto kept = co_await committed<void>(state.workers, std::move(write));
    co_return kept;
}

// Makes one attempt, and returns what the answer proves.
asio::awaitable<Outcome> exchange(
    State& state, const queue::Job& job, const pmode::Peer& peer, const Moment& start,
    queue::Attempt& attempt
)
{
    const auto prepare = [&] { return open(state, job, peer, start); };
    const auto outgoing = co_await offload(state.workers, prepare);
    if (!outgoing) {
        Outcome not_sent{outgoing.error(), 0, {}};
        co_return not_sent;
    }
    const auto kept = co_await keep_form(state, **outgoing);
    if (!kept) {
        Outcome not_sent{kept.error(), 0, {}};
        co_return not_sent;
    }
    auto& wire = *(*outgoing)->wire;

    const auto limit = std::chrono::steady_clock::now() + state.settings.exchange;
    auto request = request_to(state, peer);
    request.headers.set("Content-Type", wire.content_type());
    request.source =
        std::make_unique<WireSource>(wire, state.workers, limit, state.settings.min_rate);
    const auto answer = co_await state.parts.client.send(std::move(request));
    co_return co_await outcome_of(state, answer, (*outgoing)->sealed, peer, attempt);
}

queue::Settlement settlement(
    const queue::Job& job, const Verdict& verdict, const base::Result<as4::Answer>& answer,
    queue::Attempt attempt, base::Time at
)
{
    queue::Settlement settled;
    settled.id = job.id;
    settled.state = verdict.state;
    settled.at = at;
    settled.next_try = verdict.next_try;
    settled.outcome_unknown = verdict.outcome_unknown;
    if (!verdict.counted) attempt.started = {}; // the store counts attempts with a start time
    attempt.error = verdict.error;
    attempt.ebms_error = verdict.ebms_error;
    settled.attempt = std::move(attempt);
    if (verdict.state == queue::State::delivered) {
        const auto& proof = std::get<as4::ReceiptProof>(*answer);
        settled.receipt = proof.soap;
        settled.receipt_id = proof.message_id;
        settled.receipt_signer = proof.signer.der();
        settled.proven_form = describe_form(proof);
        settled.remarks = remarks_of(proof);
        settled.contradiction = contradiction_of(proof);
    } else if (const auto* error = answer ? std::get_if<as4::PeerError>(&*answer) : nullptr) {
        settled.contradiction = contradiction_of(*error, settled.attempt.http_status);
    }
    return settled;
}

// Logs the result of the attempt, after the commit. `now`: the present state of the message. A
// signal may have settled it while the attempt ran.
void log_attempt(
    const queue::Job& job, const queue::Settlement& settled, const std::string& act,
    queue::State now
)
{
    using queue::State;
    const bool ended_badly =
        now == State::bounced || now == State::expired || now == State::unproven;
    const auto level = now == State::delivered ? base::Level::info
                       : ended_badly           ? base::Level::error
                                               : base::Level::warning;
    const bool waits = now == State::deferred && settled.next_try;
    const bool made = !settled.attempt.endpoint.empty();
    base::log(
        level, queue::to_text(now),
        {{"id", job.id},
         {"message_id", job.header.message_id},
         {"peer", job.header.peer},
         {"attempt", made ? std::to_string(job.attempts + 1) : "none"},
         {"http", std::to_string(settled.attempt.http_status)},
         {"receipt", settled.receipt_id},
         {"form", settled.proven_form},
         {"cause", now == settled.state ? settled.attempt.error : "settled by a signal meanwhile"},
         {"next", waits ? base::to_text(*settled.next_try) : ""},
         {"act", now == settled.state ? act : ""}}
    );
}

// Whether nothing was written, and a later try may succeed.
bool may_be_kept_later(const base::Error& error)
{
    return error.code == base::errc::disk_full || error.code == queue::errc::unavailable;
}

// Stores the outcome of an attempt. While the disk is full, the outcome waits here and keeps its
// slot. If it were dropped, a receipt would be lost and the message would be sent again.
asio::awaitable<base::Result<queue::Settled>> keep(State& state, const queue::Settlement& settled)
{
    asio::steady_timer pause(state.executor);
    for (bool told = false;; told = true) {
        auto write = [&queue = state.parts.queue, owner = state.owner,
                      settled = settled](auto done) mutable {
            queue.settle(std::move(owner), std::move(settled), std::move(done));
        };
        auto kept = co_await committed<queue::Settled>(state.workers, std::move(write));
        const bool later = !kept && may_be_kept_later(kept.error());
        if (!later || state.stopping) co_return kept;
        if (!told)
            base::log(
                base::Level::error, "settlement_waits",
                {{"id", settled.id},
                 {"cause", kept.error().text()},
                 {"act",
                  "operator: see cause; free space on the disk of node.data_dir, or raise the "
                  "limit of open files or memory"}}
            );
        pause.expires_after(between_tries);
        co_await pause.async_wait(as_result);
    }
}

asio::awaitable<void>
settle(State& state, const queue::Job& job, queue::Settlement settled, std::string act)
{
    const auto kept = co_await keep(state, settled);
    if (kept) {
        state.counters.attempted(job, settled, kept->state);
        log_attempt(job, settled, act, kept->state);
        log_remarks(kept->remarks, job.id, job.header);
        co_return;
    }
    // The lease is lost, or the store is lost. Once the lease expires, the message is claimed again
    // from the record.
    base::log(base::Level::error, "not_settled", {{"id", job.id}, {"cause", kept.error().text()}});
}

// For a claimed message whose destination was then closed to sending: gives it back without an
// attempt.
queue::Settlement given_back(const queue::Job& job, const Moment& now)
{
    queue::Settlement settled;
    settled.id = job.id;
    settled.at = now.wall;
    settled.next_try = now.believed;
    settled.attempt.error = "waits until its destination may be sent to";
    return settled;
}

// Returns what an attempt says about the destination. A failure on our side says nothing.
Scheduler::End end_of(const Outcome& outcome, const Verdict& verdict)
{
    Scheduler::End end;
    if (outcome.http_status != 0) end.kind = Scheduler::End::Kind::answered;
    if (verdict.destination_failed) end.kind = Scheduler::End::Kind::failed;
    end.failure = verdict.error;
    if (outcome.http_status >= 400) end.retry_after = outcome.retry_after;
    return end;
}

// Returns why a message without an attempt left ends: the error of its last attempt, or the reason
// why none was made.
std::string without_attempt(const State& state, const queue::Job& job)
{
    if (job.attempts > 0)
        return "the last attempt: " + (job.last_error.empty() ? "unknown" : job.last_error);
    if (!job.last_error.empty()) return "nothing was sent: " + job.last_error;
    const auto all = state.scheduler.destinations(job.expires);
    const auto peer = std::ranges::find(all, job.header.peer, &Destination::peer);
    if (peer == all.end() || peer->consecutive_failures == 0) return "nothing was sent";
    const auto since =
        peer->failing_since ? " since " + base::to_text(*peer->failing_since) : std::string();
    return "nothing was sent: the peer has failed" + since + ": " + peer->last_failure;
}

// The P-Mode for messages of a removed peer. They are checked now and then, within max_wait().
pmode::PMode for_nobody(const State& state)
{
    pmode::PMode pmode;
    pmode.retry.longest = max_wait(state);
    pmode.retry.first = std::min(pmode.retry.first, pmode.retry.longest);
    return pmode;
}

} // namespace

base::Duration max_wait(const State& state)
{
    const auto& peers = state.parts.pmodes.peers();
    auto longest = peers.empty() ? pmode::Retry().longest : base::Duration();
    for (const auto& peer : peers) {
        longest = std::max(longest, peer.pmode.retry.longest);
        if (peer.pmode.receipt_reply == pmode::ReplyPattern::callback)
            longest = std::max(longest, peer.pmode.receipt_timeout);
    }
    return longest + state.settings.lease;
}

asio::awaitable<Scheduler::End>
send(std::shared_ptr<State> state, queue::Job job, Scheduler::Permission permission)
{
    Scheduler::End end;
    queue::Attempt attempt;
    Outcome outcome{base::Error(pmode::errc::unknown_peer, job.header.peer), 0, {}};
    const auto start = state->moment();
    const bool jumped = state->clock.jumped().has_value();
    const auto began = std::chrono::steady_clock::now();
    const auto* peer = state->parts.pmodes.by_name(job.header.peer);
    const auto pmode = peer ? peer->pmode : for_nobody(*state);
    const bool in_time = may_try(job, pmode.retry, start.believed);
    if (peer && in_time && permission != Scheduler::Permission::granted) {
        auto unsent = given_back(job, start);
        co_await settle(*state, job, std::move(unsent), "");
        co_return end;
    }
    if (peer && !in_time)
        outcome.answer = base::Error(errc::time_over, without_attempt(*state, job));
    std::optional<Obstacle> obstacle;
    if (peer && in_time) {
        const bool encrypts = pmode.must_encrypt && !job.parts.empty();
        const auto& own = state->parts.signer.certificate();
        obstacle = obstacle_of(*peer, own, encrypts, start.likely());
    }
    if (obstacle) {
        outcome.answer = base::Error(errc::certificate_invalid, obstacle->cause);
        outcome.passes = obstacle->until;
    }
    const bool goes_out = peer && in_time && !obstacle;
    if (goes_out) {
        attempt.started = start.wall;
        attempt.endpoint = peer->url;
        outcome = co_await exchange(*state, job, *peer, start, attempt);
    }
    const auto took = std::chrono::steady_clock::now() - began;
    attempt.took = std::chrono::duration_cast<base::Duration>(took);
    const auto now = state->moment();
    const bool in_doubt = goes_out && (jumped || !state->clock_doubt(job.header.peer).empty());
    const auto verdict = judge(outcome, job, pmode, now.believed, in_doubt);
    if (goes_out) end = end_of(outcome, verdict);
    end.took = attempt.took;
    auto settled = settlement(job, verdict, outcome.answer, std::move(attempt), now.wall);
    co_await settle(*state, job, std::move(settled), verdict.act);
    if (outcome.beside)
        co_await take_receipts_beside(*state, *outcome.beside, job.header.message_id, peer->url);
    co_return end;
}

} // namespace msh
