// SPDX-License-Identifier: Apache-2.0
// Figures are measured off the I/O thread; a request costs a look at them and at what waits for the
// writer.
#include "msh/admission.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "msh/offload.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/resource.h>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration pace = std::chrono::seconds(1);
constexpr int intake_niceness = 10;
constexpr std::uint64_t largest_signal = 64 << 10;
constexpr int quiet_looks = 10; // without a refusal, until places count as free again

// Who must do what about it.
std::string_view advice(Shortage shortage)
{
    switch (shortage) {
    case Shortage::disk:
        return "operator: free space on the disk of node.data_dir";
    case Shortage::queue:
        return "operator: see why messages do not leave (kurir peers, kurir queue)";
    case Shortage::work:
        return "operator: the disk is slower than what comes in";
    case Shortage::places:
    case Shortage::drained:
    case Shortage::stopping:
        break;
    }
    return "nobody, unless it lasts: more comes in than can be worked on at once";
}

void log_turn(const State& state, Pressure::Turn turn)
{
    const auto& load = state.pressure.load();
    const auto refused = state.pressure.refusals().at(static_cast<std::size_t>(turn.shortage));
    base::log(
        turn.begun ? base::Level::warning : base::Level::info,
        turn.begun ? "shortage_begins" : "shortage_ends",
        {{"of", std::string(to_text(turn.shortage))},
         {"disk_free", std::to_string(load.disk_free)},
         {"queued", std::to_string(load.queued)},
         {"waiting_octets", std::to_string(load.waiting_octets)},
         {"refused_so_far", std::to_string(refused)},
         {"act", std::string(turn.begun ? advice(turn.shortage) : "nobody")}}
    );
}

void observe(State& state, const Load& load)
{
    for (const auto turn : state.pressure.observe(load))
        log_turn(state, turn);
}

// What changes faster than it is measured.
void look_again(State& state)
{
    if (!state.pressure.measured()) return;
    auto load = state.pressure.load();
    load.waiting_octets = state.parts.queue.statistics().waiting_octets;
    observe(state, load);
}

Admission refused(State& state, Shortage why)
{
    state.pressure.refused(why);
    return why;
}

// Receipts are a few KB. Who does not say how much comes is not believed to send little.
bool may_be_signal(const State& state, const http::Request& request)
{
    const auto octets = request.content_length();
    return octets && *octets <= largest_signal && !state.pressure.exhausted();
}

Admission place(const std::shared_ptr<State>& state, std::size_t State::*used, std::size_t limit)
{
    auto slot = Slot::take(state, used, limit);
    if (!slot) return refused(*state, Shortage::places);
    return std::move(*slot);
}

bool is_outbound_and_open(queue::State state)
{
    return state == queue::State::queued || state == queue::State::sending ||
           state == queue::State::deferred;
}

// Peers that get nothing now: what waits for them says nothing of how fast sending is.
std::set<std::string> blocked_peers(State& state)
{
    std::set<std::string> blocked;
    for (const auto& each : state.scheduler.destinations(state.now()))
        if (each.breaker != Breaker::closed || each.standing == queue::Standing::paused)
            blocked.insert(each.peer);
    return blocked;
}

std::uint64_t untried(const queue::Counts& counts, const std::set<std::string>& blocked)
{
    std::uint64_t messages = 0;
    for (const auto& each : counts.of)
        if (each.state == queue::State::queued && !blocked.contains(each.peer))
            messages += each.messages;
    return messages;
}

// Blocks. What could not be measured stays as it was.
Load measure(const State& state, const std::set<std::string>& blocked, Load load)
{
    const auto free = base::free_space(state.parts.queue.spool_folder());
    if (free) load.disk_free = *free;
    const auto counts = state.parts.queue.counts();
    if (counts) {
        load.untried = untried(*counts, blocked);
        load.queued = 0;
        for (const auto& [kind, messages] : counts->by_state)
            if (is_outbound_and_open(kind)) load.queued += messages;
    }
    load.waiting_octets = state.parts.queue.statistics().waiting_octets;
    return load;
}

// Places are short as long as somebody is refused for them now and then.
class PlacesWatch {
public:
    std::optional<Pressure::Turn> look(const Pressure& pressure)
    {
        const auto now = pressure.refusals().at(static_cast<std::size_t>(Shortage::places));
        quiet_ = now == seen_ ? quiet_ + 1 : 0;
        const bool is = now != seen_ || (short_ && quiet_ < quiet_looks);
        seen_ = now;
        if (is == short_) return std::nullopt;
        short_ = is;
        return Pressure::Turn{Shortage::places, is};
    }

private:
    std::uint64_t seen_ = 0;
    int quiet_ = 0;
    bool short_ = false;
};

} // namespace

Admission admit_submission(const std::shared_ptr<State>& state, const http::Request& request)
{
    if (state->stopping) return refused(*state, Shortage::stopping);
    if (!state->scheduler.takes("")) return refused(*state, Shortage::drained);
    look_again(*state);
    const auto why = state->pressure.of_submissions(request.content_length().value_or(0));
    if (why) return refused(*state, *why);
    const auto& settings = state->settings;
    const auto places =
        state->pressure.sending_is_behind() ? settings.submitting_behind : settings.submitting;
    return place(state, &State::submitting, std::min(places, settings.submitting));
}

Admission admit_message(
    const std::shared_ptr<State>& state, const http::Request& request,
    std::optional<Shortage>& only_signals
)
{
    if (state->stopping) return refused(*state, Shortage::stopping);
    look_again(*state);
    only_signals = state->pressure.of_messages(request.content_length().value_or(0));
    const auto places = state->settings.receiving;
    if (!only_signals) return place(state, &State::receiving, places);
    if (!may_be_signal(*state, request)) return refused(*state, *only_signals);
    return place(state, &State::receiving, std::max<std::size_t>(places / 4, 1));
}

void give_way()
{
    // Of this thread alone, in Linux. A system that forbids it is slower past saturation, no more.
    thread_local const bool given = ::setpriority(PRIO_PROCESS, 0, intake_niceness) == 0;
    static_cast<void>(given);
}

asio::awaitable<void> watch_loop(std::shared_ptr<State> state)
{
    PlacesWatch places;
    while (!state->stopping) {
        const auto before = state->pressure.load(); // which changes while the workers look
        const auto blocked = blocked_peers(*state);
        const auto look = [&] { return measure(*state, blocked, before); };
        const auto load = co_await offload(state->workers, look);
        observe(*state, load);
        if (const auto turn = places.look(state->pressure)) log_turn(*state, *turn);
        if (state->stopping) break;
        state->watch.expires_after(pace);
        co_await state->watch.async_wait(as_result);
    }
}

} // namespace msh
