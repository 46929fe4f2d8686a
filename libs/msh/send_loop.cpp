// SPDX-License-Identifier: Apache-2.0
// The send loop claims messages for the scheduler's free slots and starts an exchange for each. The
// renewal loop keeps their leases alive.
#include "msh/send.hpp"

#include "base/log.hpp"
#include "msh/admission.hpp"
#include "msh/offload.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// Most likely the disk is full, and will be for a while.
constexpr base::Duration after_failed_claim = std::chrono::seconds(1);
constexpr auto between_sweeps = std::chrono::seconds(1);
// Maximum number of messages that are being settled without an exchange: they expired, or their
// peer is not configured.
constexpr std::size_t max_idle = 64;

void ended(
    const std::shared_ptr<State>& state, const std::string& id, const Scheduler::Exchange& exchange,
    const Scheduler::End& end, std::exception_ptr failure
)
{
    state->running.erase(id);
    --state->sending;
    state->scheduler.end(exchange, end, state->now());
    state->idle.cancel();
    state->wake();
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& bug) { // the lease expires, and the message is claimed again
        base::log(
            base::Level::error, "bug", {{"where", "sending"}, {"id", id}, {"what", bug.what()}}
        );
    }
}

void start(const std::shared_ptr<State>& state, queue::Job job, base::Time now)
{
    Scheduler::Exchange exchange; // an expired message needs no slot
    // A held message is claimed again without an attempt. It left the backlog at its first claim.
    if (job.attempts == 0 && job.last_error.empty()) {
        state->backlog.left(job.header.peer);
        admit_waiting(*state);
    }
    if (now < job.expires) exchange = state->scheduler.begin(job.header.peer, now);
    ++state->sending;
    state->running.insert(job.id);
    const auto done = [state, id = job.id,
                       exchange](std::exception_ptr failure, const Scheduler::End& end) {
        ended(state, id, exchange, end, failure);
    };
    asio::co_spawn(state->executor, send(state, std::move(job), exchange.permission), done);
}

bool sweeps(const State& state)
{
    return std::chrono::steady_clock::now() >= state.swept + between_sweeps;
}

// Returns nothing if too many messages are being settled without an exchange. Returns nothing
// either if no slot is free and no sweep is due.
std::optional<queue::Queue::Claim> next_claim(State& state)
{
    const auto idle = state.sending - state.scheduler.running();
    if (idle >= max_idle) return std::nullopt;
    queue::Queue::Claim wanted;
    const auto moment = state.moment();
    wanted.now = moment.believed;
    wanted.at = moment.wall;
    auto offer = state.scheduler.offer(wanted.now);
    const bool sweep = sweeps(state);
    if (offer.limit == 0 && !sweep) return std::nullopt;
    wanted.lease_until = wanted.now + state.settings.lease;
    wanted.owner = state.owner;
    wanted.limit = offer.limit;
    wanted.after = std::move(offer.after);
    wanted.slots = std::move(offer.slots);
    wanted.default_slots = offer.default_slots;
    if (sweep) wanted.expired = max_idle - idle;
    wanted.in_flight = state.running;
    wanted.max_delay = max_wait(state);
    return wanted;
}

asio::awaitable<base::Result<std::vector<queue::Job>>>
claim(State& state, queue::Queue::Claim wanted)
{
    auto take = [&queue = state.parts.queue, wanted = std::move(wanted)](auto done) mutable {
        queue.claim(std::move(wanted), std::move(done));
    };
    co_return co_await committed<std::vector<queue::Job>>(state.workers, std::move(take));
}

// Waits until work may be due: a wake-up, the store's next due time for a peer with free slots, the
// end of a destination's wait, or at most the length of a lease.
asio::awaitable<void> wait_until_due(State& state)
{
    const auto now = state.now();
    const auto offer = state.scheduler.offer(now);
    auto wait = state.settings.lease;
    // While every slot is taken, only the end of an exchange helps, and that wakes this loop.
    if (offer.limit > 0) {
        const auto look = [&] {
            return state.parts.queue.next_due(now, offer.slots, offer.default_slots);
        };
        const auto due = co_await offload(state.workers, look);
        if (state.woken) co_return;
        if (due && *due) wait = std::min(wait, **due - now);
        if (const auto wakes = state.scheduler.wakes_at(now)) wait = std::min(wait, *wakes - now);
    }
    // At least a millisecond: a row that is due but cannot be claimed must not make this loop spin.
    state.due.expires_after(std::max(wait, base::Duration(1)));
    co_await state.due.async_wait(as_result);
}

asio::awaitable<void> wait_after_failure(State& state)
{
    state.due.expires_after(after_failed_claim);
    co_await state.due.async_wait(as_result);
}

// Claims and starts as many messages as there are slots. Returns false if there were none.
asio::awaitable<bool> take_turns(const std::shared_ptr<State>& state)
{
    auto wanted = next_claim(*state);
    if (!wanted) co_return false;
    const bool swept = wanted->expired > 0;
    state->claiming = true;
    auto jobs = co_await claim(*state, std::move(*wanted));
    state->claiming = false;
    state->idle.cancel();
    if (!jobs) {
        // A lock on the store is logged elsewhere, once.
        if (jobs.error().code != queue::errc::locked)
            base::log(base::Level::error, "not_claimed", {{"cause", jobs.error().text()}});
        if (!state->stopping) co_await wait_after_failure(*state);
        co_return true;
    }
    const auto now = state->now();
    const auto is_over = [&](const queue::Job& job) { return job.expires <= now; };
    // A sweep that found expired messages may have hit its limit, so sweep again before resting.
    if (swept && std::ranges::none_of(*jobs, is_over))
        state->swept = std::chrono::steady_clock::now();
    for (auto& job : *jobs)
        start(state, std::move(job), now);
    co_return !jobs->empty();
}

// The attempts of lost leases run on, but the new owner settles the messages.
void log_lost(const State& state, const base::Result<std::vector<std::string>>& lost)
{
    if (!lost) {
        base::log(base::Level::error, "not_renewed", {{"cause", lost.error().text()}});
        return;
    }
    for (const auto& id : *lost)
        if (state.running.contains(id)) base::log(base::Level::warning, "lease_lost", {{"id", id}});
}

} // namespace

asio::awaitable<void> send_loop(std::shared_ptr<State> state)
{
    while (!state->stopping) {
        state->woken = false;
        const bool more = co_await take_turns(state);
        if (!more && !state->woken && !state->stopping) co_await wait_until_due(*state);
    }
}

asio::awaitable<void> renew_loop(std::shared_ptr<State> state)
{
    // Also runs while stopping, because running exchanges keep their claims.
    while (!state->stopping || state->sending > 0) {
        state->beat.expires_after(state->settings.lease / 3);
        co_await state->beat.async_wait(as_result);
        if (state->running.empty()) continue;
        auto renew = [&queue = state->parts.queue, owner = state->owner,
                      running = std::vector(state->running.begin(), state->running.end()),
                      until = state->now() + state->settings.lease](auto done) mutable {
            queue.renew(std::move(running), std::move(owner), until, std::move(done));
        };
        const auto lost =
            co_await committed<std::vector<std::string>>(state->workers, std::move(renew));
        log_lost(*state, lost);
    }
}

} // namespace msh
