// SPDX-License-Identifier: Apache-2.0
// Decisions of operators. A decision takes effect after its commit, and outlasts restarts.
#include "msh/msh.hpp"

#include "base/log.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

#include <algorithm>

namespace msh {

namespace {

constexpr std::size_t flush_step = 500; // messages per write; other writes go in between

// "" means all peers.
base::Result<> check_peer(const State& state, const std::string& peer)
{
    if (peer.empty() || state.parts.pmodes.by_name(peer)) return {};
    return base::Error(errc::no_such_peer, peer);
}

asio::awaitable<base::Result<>> check_decided(State& state, const std::string& peer)
{
    const auto look = [&] { return state.parts.queue.admin_states(); };
    const auto admin_states = co_await offload(state.workers, look);
    if (!admin_states) co_return admin_states.error();
    if (std::ranges::find(*admin_states, peer, &queue::DestinationAdminState::peer) ==
        admin_states->end())
        co_return base::Error(errc::no_such_peer, peer);
    co_return base::Result<>();
}

std::string shown(const std::string& peer)
{
    return peer.empty() ? "all" : peer;
}

// Returns the number of deferred messages. A flush brings forward at most so many, because messages
// that fail again meanwhile must not keep it running.
asio::awaitable<base::Result<std::size_t>> deferred(State& state, const std::string& peer)
{
    const auto look = [&] { return state.parts.queue.counts(); };
    const auto counts = co_await offload(state.workers, look);
    if (!counts) co_return counts.error();
    std::size_t messages = 0;
    for (const auto& each : counts->of)
        if (each.state == queue::State::deferred && (peer.empty() || each.peer == peer))
            messages += each.messages;
    co_return messages;
}

asio::awaitable<base::Result<std::size_t>>
make_due_now(State& state, const std::string& peer, base::Time now)
{
    auto bring_forward = [&queue = state.parts.queue, peer, now](auto done) mutable {
        queue.make_due_now(std::move(peer), now, flush_step, std::move(done));
    };
    co_return co_await committed<std::size_t>(state.workers, std::move(bring_forward));
}

// If the decisions could not be read at the start, loads them before all peers are opened again.
// Otherwise messages to a peer that was paused on purpose would be sent, too.
asio::awaitable<base::Result<>> load_admin_states(State& state)
{
    if (!state.admin_states_unread) co_return base::Result<>();
    const auto look = [&] { return state.parts.queue.admin_states(); };
    const auto admin_states = co_await offload(state.workers, look);
    if (!admin_states) co_return admin_states.error();
    for (const auto& each : *admin_states)
        state.scheduler.set_admin_state(each);
    state.admin_states_unread = false;
    co_return base::Result<>();
}

} // namespace

void restore_admin_states(State& state)
{
    const auto admin_states = state.parts.queue.admin_states();
    if (admin_states) {
        for (const auto& admin_state : *admin_states)
            state.scheduler.set_admin_state(admin_state);
        return;
    }
    state.admin_states_unread = true;
    base::log(
        base::Level::error, "standings_lost",
        {{"cause", admin_states.error().text()},
         {"act", "operator: nothing is sent; see kurir peers, then kurir resume --all"}}
    );
    // It is unknown which destinations were paused. Nothing is sent until an operator resumes.
    state.scheduler.set_admin_state(
        {.peer = "",
         .admin_state = queue::AdminState::paused,
         .since = base::now(),
         .reason = "what was paused or drained could not be read from the store"}
    );
}

asio::awaitable<base::Result<>>
Msh::set_admin_state(std::string peer, queue::AdminState admin_state, std::string reason)
{
    const auto state = state_;
    if (const auto known = check_peer(*state, peer); !known) {
        if (admin_state != queue::AdminState::open) co_return known.error();
        // A decision about a peer that was removed later can be ended. Otherwise it would be shown
        // forever.
        const auto decided = co_await check_decided(*state, peer);
        if (!decided) co_return decided.error();
    }
    queue::DestinationAdminState decided;
    decided.peer = std::move(peer);
    decided.admin_state = admin_state;
    decided.since = base::now();
    decided.reason = std::move(reason);
    auto keep = [&queue = state->parts.queue, decided](auto done) mutable {
        queue.set_admin_state(std::move(decided), std::move(done));
    };
    const auto kept = co_await committed<void>(state->workers, std::move(keep));
    if (!kept) co_return kept.error();
    if (decided.peer.empty() && admin_state != queue::AdminState::paused) {
        const auto known = co_await load_admin_states(*state);
        if (!known) co_return known.error(); // all peers stay paused
    }
    state->scheduler.set_admin_state(decided);
    state->wake();
    base::log(
        base::Level::info, "admin_state",
        {{"peer", shown(decided.peer)},
         {"is", std::string(queue::to_text(admin_state))},
         {"reason", decided.reason}}
    );
    co_return base::Result<>();
}

asio::awaitable<base::Result<std::size_t>> Msh::flush(std::string peer)
{
    const auto state = state_;
    if (auto known = check_peer(*state, peer); !known) co_return known.error();
    const auto max = co_await deferred(*state, peer);
    if (!max) co_return max.error();
    const auto now = state->now();
    std::size_t brought = 0;
    for (bool more = true; more && !state->stopping;) {
        const auto step = co_await make_due_now(*state, peer, now);
        if (!step) co_return step.error();
        brought += *step;
        more = *step == flush_step && brought < *max;
        state->scheduler.probe_now(peer, now);
        state->wake();
    }
    base::log(
        base::Level::info, "flushed", {{"peer", shown(peer)}, {"messages", std::to_string(brought)}}
    );
    co_return brought;
}

asio::awaitable<base::Result<std::vector<queue::DestinationAdminState>>> Msh::admin_states()
{
    const auto state = state_;
    const auto look = [&] { return state->parts.queue.admin_states(); };
    co_return co_await offload(state->workers, look);
}

asio::awaitable<base::Result<std::vector<queue::Stuck>>> Msh::stuck()
{
    const auto state = state_;
    queue::StuckLimits limits;
    limits.now = state->now();
    limits.overdue = state->settings.stuck_overdue;
    limits.unfetched = state->settings.stuck_unfetched;
    auto& configured = limits.peers.emplace();
    for (const auto& peer : state->parts.pmodes.peers())
        configured.insert(peer.name);
    for (const auto& destination : destinations())
        if (!destination.held.empty()) limits.held.insert(destination.peer);
    const auto look = [&] { return state->parts.queue.stuck(limits); };
    co_return co_await offload(state->workers, look);
}

bool Msh::takes_more() const
{
    return state_->scheduler.takes("");
}

} // namespace msh
