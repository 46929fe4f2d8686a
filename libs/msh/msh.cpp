// SPDX-License-Identifier: Apache-2.0
// Msh: start, orderly stop, and the slots of its operations.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "msh/admission.hpp"
#include "msh/obstacle.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>
#include <exception>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A loop that ends by an exception is a bug, so the process aborts. The store has everything, and
// the next start continues from it.
void loop_ended(std::exception_ptr failure)
{
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& bug) {
        base::log(base::Level::error, "bug", {{"where", "a loop of msh"}, {"what", bug.what()}});
    }
    std::abort();
}

std::string_view event_of(Clock::Transition::Kind kind)
{
    switch (kind) {
    case Clock::Transition::Kind::jumped:
        return "clock_jumped";
    case Clock::Transition::Kind::mended:
        return "clock_mended";
    case Clock::Transition::Kind::believed:
        return "clock_believed";
    }
    return "clock";
}

void log_transition(const Clock::Transition& transition)
{
    const bool jumped = transition.kind == Clock::Transition::Kind::jumped;
    const bool ahead = transition.by > base::Duration();
    const auto held = ahead ? "no message expires or is due before its time by the uptime"
                            : "messages expire later, and attempts may be as much later, too";
    base::log(
        jumped ? base::Level::error : base::Level::info, event_of(transition.kind),
        {{"by", base::to_text(std::chrono::round<std::chrono::seconds>(transition.by))},
         {"effect", jumped ? held : ""},
         {"act", jumped ? "operator: mend the clock if it is wrong; if it is right now, restart "
                          "kurird, which believes it after 24h anyway"
                        : ""}}
    );
}

std::vector<std::string> names(const pmode::PModes& pmodes)
{
    std::vector<std::string> all;
    for (const auto& peer : pmodes.peers())
        all.push_back(peer.name);
    return all;
}

} // namespace

State::State(asio::any_io_executor where, Settings given, Parts shared)
    : executor(std::move(where)), settings(std::move(given)), parts(shared),
      unpack{
          shared.pmodes, shared.signer, shared.trust, shared.queue.spool_folder(), settings.unpack
      },
      workers(settings.workers), intake(settings.workers), owner(base::uuid()),
      scheduler(settings.scheduling, names(shared.pmodes), std::random_device()()),
      pressure(settings.watermarks),
      backlog(settings.watermarks.backlog_limit, settings.watermarks.backlog_min_rate),
      wait_queue(executor), clock(settings.clocks()), in_flight(executor), due(executor),
      beat(executor), watch(executor), idle(executor), housekeeping(executor)
{
}

Moment State::moment()
{
    const auto reading = settings.clocks();
    if (const auto transition = clock.look(reading)) log_transition(*transition);
    return clock.moment(reading);
}

std::string State::clock_doubt(const std::string& peer)
{
    const auto wall = moment().wall;
    if (clock.jumped()) return "the clock has jumped";
    return clock_suspicion_about(parts.witnesses, wall, peer);
}

void State::wake()
{
    woken = true;
    due.cancel();
}

queue::Header header_of(const ebms::UserMessage& message, const pmode::Peer& peer)
{
    queue::Header header;
    header.message_id = message.info.message_id;
    header.conversation_id = message.conversation_id;
    header.from_party = message.from.id.value;
    header.to_party = message.to.id.value;
    const bool four_corner = peer.pmode.four_corner;
    header.sender = four_corner ? message.property("originalSender") : header.from_party;
    header.recipient = four_corner ? message.property("finalRecipient") : header.to_party;
    header.service = message.service.value;
    header.action = message.action;
    header.peer = peer.name;
    return header;
}

std::optional<Slot>
Slot::take(const std::shared_ptr<State>& state, std::size_t State::* used, std::size_t limit)
{
    if (state.get()->*used >= limit) return std::nullopt;
    ++(state.get()->*used);
    return Slot(state, used);
}

Slot::~Slot()
{
    if (!state_) return;
    --(state_.get()->*used_);
    if (used_ == &State::submitting) admit_waiting(*state_);
    state_->idle.cancel();
}

Msh::Msh(asio::any_io_executor executor, Settings settings, Parts parts)
    : state_(std::make_shared<State>(std::move(executor), std::move(settings), parts))
{
}

Msh::~Msh()
{
    state_->intake.join();
    state_->workers.join();
    state_->housekeeping.thread.join();
}

void Msh::start()
{
    restore_admin_states(*state_);
    asio::co_spawn(state_->executor, send_loop(state_), loop_ended);
    asio::co_spawn(state_->executor, renew_loop(state_), loop_ended);
    asio::co_spawn(state_->executor, watch_loop(state_), loop_ended);
    asio::co_spawn(state_->executor, retention_loop(state_), loop_ended);
}

asio::awaitable<void> Msh::stop(base::Duration limit)
{
    const auto state = state_;
    state->stopping = true;
    state->wake();
    state->watch.cancel();
    state->wait_queue.reject_all();
    state->housekeeping.stop();
    const auto end = std::chrono::steady_clock::now() + limit;
    while (state->busy() && std::chrono::steady_clock::now() < end) {
        state->idle.expires_at(end);
        co_await state->idle.async_wait(as_result);
    }
    state->beat.cancel();
    if (state->busy())
        base::log(
            base::Level::warning, "stopped_in_work", {{"exchanges", std::to_string(state->sending)}}
        );
}

base::Result<> Msh::begin_backup(base::Path folder)
{
    auto& own = state_->housekeeping;
    if (state_->stopping) return base::Error(errc::stopping);
    if (own.backs_up()) return base::Error(errc::busy, own.backup.folder.string());
    own.progress = std::make_shared<queue::BackupProgress>();
    own.backup = {};
    own.backup.stage = Backup::Stage::running;
    own.backup.folder = std::move(folder);
    own.backup.started = base::now();
    base::log(base::Level::info, "backup_started", {{"folder", own.backup.folder.string()}});
    asio::co_spawn(state_->executor, back_up(state_), loop_ended);
    return {};
}

Backup Msh::backup() const
{
    auto backup = state_->housekeeping.backup;
    backup.octets = state_->housekeeping.progress->done;
    backup.of = state_->housekeeping.progress->of;
    return backup;
}

const queue::Retained& Msh::retained() const
{
    return state_->housekeeping.retained;
}

const Settings& Msh::settings() const
{
    return state_->settings;
}

const Pressure& Msh::pressure() const
{
    return state_->pressure;
}

std::chrono::seconds Msh::retry_after(const base::Error& refusal)
{
    const auto chance = static_cast<std::uint32_t>(state_->chance());
    const bool passes = refusal.code == errc::busy || refusal.code == errc::store_locked ||
                        refusal.code == queue::errc::locked;
    return state_->pressure.retry_after(passes ? Shortage::concurrency : Shortage::disk, chance);
}

bool Msh::has_backlog() const
{
    return state_->backlog.is_long();
}

const pmode::PModes& Msh::pmodes() const
{
    return state_->parts.pmodes;
}

std::size_t Msh::sending_now() const
{
    return state_->scheduler.running();
}

bool Msh::is_stopping() const
{
    return state_->stopping;
}

std::size_t Msh::leases_held() const
{
    return state_->running.size();
}

const Counters& Msh::counters() const
{
    return state_->counters;
}

queue::Queue::Statistics Msh::statistics() const
{
    return state_->parts.queue.statistics();
}

std::optional<base::Duration> Msh::clock_jumped() const
{
    return state_->clock.jumped();
}

const crypto::Certificate& Msh::certificate() const
{
    return state_->parts.signer.certificate();
}

std::vector<Destination> Msh::destinations() const
{
    const auto now = state_->moment();
    auto all = state_->scheduler.destinations(now.believed);
    for (auto& destination : all) {
        const auto* const peer = pmodes().by_name(destination.peer);
        if (!peer) continue;
        const auto obstacle =
            obstacle_of(*peer, certificate(), peer->pmode.must_encrypt, now.likely());
        if (obstacle) destination.held = obstacle->cause;
    }
    return all;
}

std::string Msh::clock_suspicion() const
{
    return msh::clock_suspicion(state_->parts.witnesses, state_->moment().wall);
}

} // namespace msh
