// SPDX-License-Identifier: Apache-2.0
// Msh: its start, its orderly stop, and the bounded places of the verbs.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "msh/state.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>
#include <exception>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A loop that ends by an exception is our bug: the store has everything, a new start goes on from
// it.
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
          shared.pmodes, shared.signer, shared.trust, shared.queue.spool_folder(), settings.unpack},
      workers(settings.workers), owner(base::uuid()),
      scheduler(settings.scheduling, names(shared.pmodes), std::random_device()()), due(executor), beat(executor), idle(executor)
{
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
Slot::take(const std::shared_ptr<State>& state, std::size_t State::*used, std::size_t limit)
{
    if (state.get()->*used >= limit) return std::nullopt;
    ++(state.get()->*used);
    return Slot(state, used);
}

Slot::~Slot()
{
    if (!state_) return;
    --(state_.get()->*used_);
    state_->idle.cancel();
}

Msh::Msh(asio::any_io_executor executor, Settings settings, Parts parts)
    : state_(std::make_shared<State>(std::move(executor), std::move(settings), parts))
{
}

Msh::~Msh()
{
    state_->workers.join();
}

void Msh::start()
{
    asio::co_spawn(state_->executor, send_loop(state_), loop_ended);
    asio::co_spawn(state_->executor, renew_loop(state_), loop_ended);
}

asio::awaitable<void> Msh::stop(base::Duration limit)
{
    const auto state = state_;
    state->stopping = true;
    state->wake();
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

const Settings& Msh::settings() const
{
    return state_->settings;
}

const pmode::PModes& Msh::pmodes() const
{
    return state_->parts.pmodes;
}

std::size_t Msh::sending_now() const
{
    return state_->scheduler.running();
}

std::vector<Destination> Msh::destinations() const
{
    return state_->scheduler.destinations(base::now());
}

} // namespace msh
