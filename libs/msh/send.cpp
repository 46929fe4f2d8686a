// SPDX-License-Identifier: Apache-2.0
// Send: what is due is claimed, goes out once per attempt, and its answer is judged and committed.
#include "msh/msh.hpp"

#include "base/log.hpp"
#include "msh/exchange.hpp"
#include "msh/offload.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdlib>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration after_failed_claim =
    std::chrono::seconds(1); // a full disk, most likely: it stays full for a while

// The body of one attempt, encrypted while it is sent. `limit` is the outer limit of the attempt.
class WireSource final : public http::BodySource {
public:
    WireSource(
        as4::Wire& wire, asio::thread_pool& workers, std::chrono::steady_clock::time_point limit,
        std::uint64_t least_rate
    )
        : wire_(wire), workers_(workers), limit_(limit),
          least_rate_(std::max<std::uint64_t>(least_rate, 1))
    {
    }
    std::optional<std::uint64_t> length() const override { return wire_.content_length(); }
    asio::awaitable<base::Result<base::Bytes>> next() override
    {
        // Octets earn time: a large message may go over a slow line.
        if (std::chrono::steady_clock::now() > limit_ + std::chrono::seconds(given_ / least_rate_))
            co_return base::Error(http::errc::timeout_before, "outer limit of the exchange");
        const auto read = [this]() -> base::Result<base::Bytes> {
            const auto piece = wire_.next();
            if (!piece) return piece.error();
            given_ += piece->size();
            return base::Bytes(*piece);
        };
        co_return co_await offload(workers_, read);
    }

private:
    as4::Wire& wire_;
    asio::thread_pool& workers_;
    std::chrono::steady_clock::time_point limit_;
    std::uint64_t least_rate_;
    std::uint64_t given_ = 0;
};

// What an attempt needs from the store, opened.
struct Outgoing {
    as4::Sealed sealed;
    std::vector<base::Content> payloads;
    std::optional<as4::Wire> wire;
};

// Reads the job's octets and makes the encryption of this attempt.
base::Result<std::unique_ptr<Outgoing>>
open(const State& state, const queue::Job& job, const pmode::Peer& peer)
{
    auto outgoing =
        std::make_unique<Outgoing>(); // its address stays: the wire reads the payloads in it
    auto sealed = as4::Sealed::from_bytes(job.sealed);
    if (!sealed) return sealed.error();
    outgoing->sealed = std::move(*sealed);
    for (std::size_t n = 0; n < job.parts.size(); ++n) {
        auto content = state.parts.queue.payload(job.id, n, {});
        if (!content) return content.error();
        outgoing->payloads.push_back(std::move(*content));
    }
    std::vector<const base::Content*> payloads;
    for (const auto& payload : outgoing->payloads)
        payloads.push_back(&payload);
    auto wire = as4::Wire::make(outgoing->sealed, std::move(payloads), peer.pmode, peer.encryption);
    if (!wire) return wire.error();
    outgoing->wire = std::move(*wire);
    return outgoing;
}

// One attempt: out, and back with what the answer proves.
asio::awaitable<Outcome>
exchange(State& state, const queue::Job& job, const pmode::Peer& peer, queue::Attempt& attempt)
{
    const auto prepare = [&] { return open(state, job, peer); };
    const auto outgoing = co_await offload(state.workers, prepare);
    if (!outgoing) {
        Outcome not_sent{outgoing.error(), 0, {}};
        co_return not_sent;
    }
    auto& wire = *(*outgoing)->wire;

    const auto limit = std::chrono::steady_clock::now() + state.settings.exchange;
    auto request = request_to(state, peer);
    request.headers.set("Content-Type", wire.content_type());
    request.source =
        std::make_unique<WireSource>(wire, state.workers, limit, state.settings.least_rate);
    const auto answer = co_await state.parts.client.send(std::move(request));
    co_return co_await outcome_of(state, answer, (*outgoing)->sealed, peer, attempt);
}

queue::Settlement settlement(
    const queue::Job& job, const Verdict& verdict, const base::Result<as4::Answer>& answer,
    queue::Attempt attempt, base::Time now
)
{
    queue::Settlement settled;
    settled.id = job.id;
    settled.state = verdict.state;
    settled.at = now;
    settled.next_try = verdict.next_try;
    settled.outcome_unknown = verdict.outcome_unknown;
    attempt.error = verdict.error;
    attempt.ebms_error = verdict.ebms_error;
    settled.attempt = std::move(attempt);
    if (verdict.state == queue::State::delivered) {
        const auto& proof = std::get<as4::ReceiptProof>(*answer);
        settled.receipt = proof.soap;
        settled.receipt_id = proof.message_id;
        settled.receipt_signer = proof.signer.der();
    }
    return settled;
}

// What the attempt came to, told after the commit. `now` is the state the message is in: a signal
// may have settled it while the attempt ran.
void log_attempt(const queue::Job& job, const queue::Settlement& settled, queue::State now)
{
    using queue::State;
    const bool ended_badly =
        now == State::bounced || now == State::expired || now == State::unproven;
    const auto level = now == State::delivered ? base::Level::info
                       : ended_badly           ? base::Level::error
                                               : base::Level::warning;
    const bool waits = now == State::deferred && settled.next_try;
    base::log(
        level, queue::to_text(now),
        {{"id", job.id},
         {"message_id", job.header.message_id},
         {"peer", job.header.peer},
         {"attempt", std::to_string(job.attempts + 1)},
         {"http", std::to_string(settled.attempt.http_status)},
         {"receipt", settled.receipt_id},
         {"cause", now == settled.state ? settled.attempt.error : "settled by a signal meanwhile"},
         {"next", waits ? base::to_text(*settled.next_try) : ""}}
    );
}

asio::awaitable<void> settle(State& state, const queue::Job& job, queue::Settlement settled)
{
    const auto tell = settled; // what the log needs; the queue takes the other
    auto write = [&queue = state.parts.queue, owner = state.owner,
                  settled = std::move(settled)](auto done) mutable {
        queue.settle(std::move(owner), std::move(settled), std::move(done));
    };
    const auto kept = co_await committed<queue::State>(state.workers, std::move(write));
    if (kept) {
        log_attempt(job, tell, *kept);
        co_return;
    }
    // Not ours any more, or the store is lost: the lease lapses and the message is taken up again
    // from the record.
    base::log(base::Level::error, "not_settled", {{"id", job.id}, {"cause", kept.error().text()}});
}

// One claimed message, one attempt; none (and none is counted) without a peer to send to or time
// left.
asio::awaitable<void> send(std::shared_ptr<State> state, queue::Job job)
{
    queue::Attempt attempt;
    Outcome outcome{base::Error(pmode::errc::unknown_peer, job.header.peer), 0, {}};
    pmode::PMode pmode;
    const auto start = base::now();
    const auto* peer = state->parts.pmodes.by_name(job.header.peer);
    if (peer) pmode = peer->pmode;
    if (peer && start >= job.expires)
        outcome.answer =
            base::Error(as4::errc::answer_empty, "no attempt was left in the time to live");
    if (peer && start < job.expires) {
        attempt.started = start;
        attempt.endpoint = peer->url;
        outcome = co_await exchange(*state, job, *peer, attempt);
    }
    const auto now = base::now();
    attempt.took = now - start;
    const auto verdict = judge(outcome, job, pmode, now);
    auto settled = settlement(job, verdict, outcome.answer, std::move(attempt), now);
    co_await settle(*state, job, std::move(settled));
}

void ended(const std::shared_ptr<State>& state, const std::string& id, std::exception_ptr failure)
{
    state->running.erase(id);
    --state->sending;
    state->idle.cancel();
    state->wake();
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& bug) { // the lease lapses and the message is taken up again
        base::log(
            base::Level::error, "bug", {{"where", "sending"}, {"id", id}, {"what", bug.what()}}
        );
    }
}

// No next try is set further away than this.
base::Duration longest_wait(const pmode::PModes& pmodes)
{
    base::Duration longest{};
    for (const auto& peer : pmodes.peers())
        longest = std::max({longest, peer.pmode.retry.longest, peer.pmode.receipt_wait});
    return longest;
}

asio::awaitable<base::Result<std::vector<queue::Job>>> claim(State& state)
{
    queue::Queue::Claim wanted;
    wanted.now = base::now();
    wanted.lease_until = wanted.now + state.settings.lease;
    wanted.owner = state.owner;
    wanted.most = state.settings.sending - state.sending;
    wanted.at_work = state.running;
    wanted.furthest = longest_wait(state.parts.pmodes) + state.settings.lease;
    auto take = [&queue = state.parts.queue, wanted = std::move(wanted)](auto done) mutable {
        queue.claim(std::move(wanted), std::move(done));
    };
    co_return co_await committed<std::vector<queue::Job>>(state.workers, std::move(take));
}

// Waits until something may be due: a wake, the store's next time, or a lease's length at most.
asio::awaitable<void> wait_until_due(State& state)
{
    auto wait = state.settings.lease;
    // With every place taken only the end of an exchange helps, which wakes us.
    if (state.sending < state.settings.sending) {
        const auto look = [&] { return state.parts.queue.next_due(base::now()); };
        const auto due = co_await offload(state.workers, look);
        if (state.woken) co_return;
        // At least a millisecond: a row that is due but cannot be claimed must not make this loop
        // spin.
        if (due && *due) wait = std::clamp(**due - base::now(), base::Duration(1), wait);
    }
    state.due.expires_after(wait);
    co_await state.due.async_wait(as_result);
}

// Their attempts run on, but whoever took them over settles them.
void log_lost(const State& state, const base::Result<std::vector<std::string>>& lost)
{
    if (!lost) {
        base::log(base::Level::error, "not_renewed", {{"cause", lost.error().text()}});
        return;
    }
    for (const auto& id : *lost)
        if (state.running.contains(id))
            base::log(base::Level::warning, "lease_lost", {{"id", id}});
}

asio::awaitable<void> wait_after_failure(State& state)
{
    state.due.expires_after(after_failed_claim);
    co_await state.due.async_wait(as_result);
}

} // namespace

asio::awaitable<void> send_loop(std::shared_ptr<State> state)
{
    while (!state->stopping) {
        state->woken = false;
        if (state->sending < state->settings.sending) {
            state->claiming = true;
            auto jobs = co_await claim(*state);
            state->claiming = false;
            state->idle.cancel();
            if (!jobs) {
                base::log(base::Level::error, "not_claimed", {{"cause", jobs.error().text()}});
                if (!state->stopping) co_await wait_after_failure(*state);
                continue;
            }
            for (auto& job : *jobs) {
                ++state->sending;
                state->running.insert(job.id);
                const auto done = [state, id = job.id](std::exception_ptr failure) {
                    ended(state, id, failure);
                };
                asio::co_spawn(state->executor, send(state, std::move(job)), done);
            }
            if (!jobs->empty()) continue;
        }
        if (!state->woken && !state->stopping) co_await wait_until_due(*state);
    }
}

asio::awaitable<void> renew_loop(std::shared_ptr<State> state)
{
    // Also while stopping: exchanges that still run keep their claims.
    while (!state->stopping || state->sending > 0) {
        state->beat.expires_after(state->settings.lease / 3);
        co_await state->beat.async_wait(as_result);
        if (state->running.empty()) continue;
        auto renew = [&queue = state->parts.queue, owner = state->owner,
                      running = std::vector(state->running.begin(), state->running.end()),
                      until = base::now() + state->settings.lease](auto done) mutable {
            queue.renew(std::move(running), std::move(owner), until, std::move(done));
        };
        const auto lost =
            co_await committed<std::vector<std::string>>(state->workers, std::move(renew));
        log_lost(*state, lost);
    }
}

} // namespace msh
