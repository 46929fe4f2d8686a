// SPDX-License-Identifier: Apache-2.0
// The workers measure the figures. A request only compares the last figures, and refreshes those
// that the store's writer has at hand.
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
constexpr int quiet_looks = 10; // measurements without a refusal that end a shortage
// Delay a refusal by 250 ms, so that a client that retries at once costs four refusals a second
// instead of a thousand.
constexpr base::Duration before_refusal(250);
// If a worker begins a measurement later than this, this machine itself is slow.
constexpr base::Duration max_delay(100);

// Returns who must act on the shortage, and how.
std::string_view advice(Shortage shortage)
{
    switch (shortage) {
    case Shortage::disk:
        return "operator: free space on the disk of node.data_dir, or set pressure.disk_stop "
               "lower";
    case Shortage::inodes:
        return "operator: free inodes on the disk of node.data_dir: remove files, or make the file "
               "system anew with more inodes";
    case Shortage::lock:
        return "operator: end the program that holds the lock on the store (store_locked in the "
               "log "
               "names it)";
    case Shortage::log:
        return "operator: end the program that log_held in the log names, unless it is kurir "
               "backup, which ends by itself; or set pressure.log_stop higher";
    case Shortage::queue:
        return "operator: see why messages do not leave (kurir peers, kurir queue)";
    case Shortage::memory:
        return "operator: the disk is slower than what comes in";
    case Shortage::backlog:
        return "nobody, unless it lasts: more comes in than can be sent (kurir peers)";
    case Shortage::concurrency:
    case Shortage::drained:
    case Shortage::stopping:
        break;
    }
    return "nobody, unless it lasts: more comes in than can be worked on at once";
}

void log_transition(const State& state, Pressure::Transition transition)
{
    const auto& load = state.pressure.load();
    const auto refused =
        state.pressure.refusals().at(static_cast<std::size_t>(transition.shortage));
    base::log(
        transition.begun ? base::Level::warning : base::Level::info,
        transition.begun ? "shortage_begins" : "shortage_ends",
        {{"of", std::string(to_text(transition.shortage))},
         {"disk_free", std::to_string(load.disk_free)},
         {"queued", std::to_string(load.queued)},
         {"waiting_octets", std::to_string(load.waiting_octets)},
         {"log_octets", std::to_string(load.log_octets)},
         {"refused_so_far", std::to_string(refused)},
         {"act", std::string(transition.begun ? advice(transition.shortage) : "nobody")}}
    );
}

void observe(State& state, const Load& load)
{
    for (const auto transition : state.pressure.observe(load))
        log_transition(state, transition);
}

void add_store(Load& load, const queue::Queue& queue)
{
    const auto statistics = queue.statistics();
    load.waiting_octets = statistics.waiting_octets;
    load.log_octets = statistics.log_octets;
    load.locked = statistics.lock.has_value();
}

// Refreshes the figures that change faster than they are measured.
void look_again(State& state)
{
    if (!state.pressure.measured()) return;
    auto load = state.pressure.load();
    add_store(load, state.parts.queue);
    observe(state, load);
}

Admission refused(State& state, Shortage why)
{
    state.pressure.refused(why);
    return why;
}

// Receipts have a few KB. A request without a Content-Length is not assumed to be small.
bool may_be_signal(const State& state, const http::Request& request)
{
    const auto octets = request.content_length();
    return octets && *octets <= largest_signal && !state.pressure.exhausted();
}

std::optional<Shortage> closed_to_submissions(State& state, const http::Request& request)
{
    if (state.stopping) return Shortage::stopping;
    if (!state.scheduler.takes("")) return Shortage::drained;
    look_again(state);
    return state.pressure.of_submissions(request.content_length().value_or(0));
}

// Free slots for submissions. An admitted waiter will take its slot soon, so it counts as used.
std::size_t free_slots(const State& state)
{
    const auto taken = state.submitting + state.wait_queue.admitted();
    return state.settings.submitting - std::min(taken, state.settings.submitting);
}

// A waiting client holds a connection of the door. So waiting and running submissions together are
// limited to one and a half times the slots, and connections remain for the inbox and for reads.
bool has_room_in_queue(const State& state)
{
    const auto slots = state.settings.submitting;
    return state.submitting + state.wait_queue.admitted() + state.wait_queue.size() <
           slots + slots / 2;
}

Admission place(const std::shared_ptr<State>& state, std::size_t State::* used, std::size_t limit)
{
    auto slot = Slot::take(state, used, limit);
    if (!slot) return refused(*state, Shortage::concurrency);
    return std::move(*slot);
}

// Returns how many requests may be in progress, this one included. If all slots are taken, this
// request may end another one whose body comes too slowly. It then takes a slot before the other is
// free, so that no third request takes that slot. The ended request may hold no slot here, so the
// excess is at most a quarter. A client with few requests may always exceed the slots by an eighth:
// slow bodies of others are allowed some seconds, and such a client must not wait for them.
std::size_t limit_for(std::size_t used, std::size_t slots, http::Request& request)
{
    if (used < slots) return slots;
    const auto max = slots + std::max<std::size_t>(slots / 4, 1);
    if (used < max && request.displace_slow_request()) return max;
    const auto kept = slots + slots / 8;
    return used < kept && request.is_of_small_client() ? kept : slots;
}

bool is_outbound_and_open(queue::State state)
{
    return state == queue::State::queued || state == queue::State::sending ||
           state == queue::State::deferred;
}

// The limits for Backlog. A peer that gets no messages now has no entry.
Backlog::Limits max_waiting(State& state, base::Duration own_delay)
{
    Backlog::Limits max;
    for (const auto& each : state.scheduler.destinations(state.now())) {
        const bool gets_nothing = each.breaker != Breaker::closed || each.not_before ||
                                  each.admin_state == queue::AdminState::paused;
        if (gets_nothing) continue;
        // While this machine is slow, the duration of an exchange says nothing about the peer.
        const auto exchange = own_delay > max_delay ? base::Duration() : each.exchange;
        max[each.peer] = taken_soon(each.slots, exchange);
    }
    return max;
}

struct Measured {
    base::Duration delay{}; // until a worker began
    Load load;
    std::optional<queue::Counts> counts; // nothing: could not be read
};

// Blocks. A figure that cannot be measured keeps its old value.
Measured measure(const State& state, Load load, std::chrono::steady_clock::time_point asked)
{
    Measured measured;
    const auto delay = std::chrono::steady_clock::now() - asked;
    measured.delay = std::chrono::duration_cast<base::Duration>(delay);
    const auto free = base::free_space(state.parts.queue.spool_folder());
    if (free) load.disk_free = *free;
    const auto inodes = base::free_inodes(state.parts.queue.spool_folder());
    if (inodes) load.inodes_free = *inodes;
    auto counts = state.parts.queue.counts();
    if (counts) {
        load.queued = 0;
        for (const auto& [kind, messages] : counts->by_state)
            if (is_outbound_and_open(kind)) load.queued += messages;
        measured.counts = std::move(*counts);
    }
    measured.load = load;
    return measured;
}

// Shortages without a watermark start with the first refusal and end after ten seconds without one.
class RefusalWatch {
public:
    explicit RefusalWatch(Shortage of) : of_(of) {}

    std::optional<Pressure::Transition> look(const Pressure& pressure)
    {
        const auto now = pressure.refusals().at(static_cast<std::size_t>(of_));
        quiet_ = now == seen_ ? quiet_ + 1 : 0;
        const bool is = now != seen_ || (short_ && quiet_ < quiet_looks);
        seen_ = now;
        if (is == short_) return std::nullopt;
        short_ = is;
        return Pressure::Transition{of_, is};
    }

private:
    Shortage of_;
    std::uint64_t seen_ = 0;
    int quiet_ = 0;
    bool short_ = false;
};

} // namespace

asio::awaitable<Admission> admit_submission(std::shared_ptr<State> state, http::Request& request)
{
    if (const auto why = closed_to_submissions(*state, request)) co_return refused(*state, *why);
    const auto slots = state->settings.submitting;
    const auto used = state->submitting + state->wait_queue.admitted();
    auto limit = limit_for(used, slots, request);
    if (used >= limit) co_return refused(*state, Shortage::concurrency);
    if (!state->wait_queue.empty() || !state->backlog.admit()) {
        if (!has_room_in_queue(*state)) {
            asio::steady_timer pause(state->executor, before_refusal);
            co_await pause.async_wait(as_result);
            co_return refused(*state, Shortage::backlog);
        }
        const bool called =
            co_await state->wait_queue.wait(state->settings.watermarks.backlog_wait);
        // Check again: the state may have changed during the wait.
        const auto why = closed_to_submissions(*state, request);
        if (why || !called) co_return refused(*state, why.value_or(Shortage::backlog));
        limit = slots; // during the wait, a displaced slot went to another request
    }
    co_return place(state, &State::submitting, limit);
}

void admit_waiting(State& state)
{
    for (auto free = free_slots(state); free > 0 && !state.wait_queue.empty(); --free) {
        if (!state.backlog.admit()) return;
        state.wait_queue.admit_next();
    }
}

Admission admit_message(
    const std::shared_ptr<State>& state, http::Request& request,
    std::optional<Shortage>& only_signals
)
{
    if (state->stopping) return refused(*state, Shortage::stopping);
    look_again(*state);
    only_signals = state->pressure.of_messages(request.content_length().value_or(0));
    if (only_signals && !may_be_signal(*state, request)) return refused(*state, *only_signals);
    // Signals have slots of their own: memory is short just when messages hold all of theirs.
    const auto used = only_signals ? &State::signalling : &State::receiving;
    const auto all = state->settings.receiving;
    const auto slots = only_signals ? std::max<std::size_t>(all / 4, 1) : all;
    return place(state, used, limit_for(state.get()->*used, slots, request));
}

void give_way()
{
    // In Linux this applies to the calling thread alone. If the system forbids it, the service is
    // only slower under overload.
    thread_local const bool given = ::setpriority(PRIO_PROCESS, 0, intake_niceness) == 0;
    static_cast<void>(given);
}

asio::awaitable<void> watch_loop(std::shared_ptr<State> state)
{
    RefusalWatch concurrency(Shortage::concurrency);
    RefusalWatch backlog(Shortage::backlog);
    while (!state->stopping) {
        const auto before = state->pressure.load(); // a copy: it changes while the workers measure
        const auto asked = std::chrono::steady_clock::now();
        const auto look = [&] { return measure(*state, before, asked); };
        auto measured = co_await offload(state->workers, look);
        if (state->stopping) break;                   // the store may be closed
        add_store(measured.load, state->parts.queue); // a request may have refreshed it meanwhile
        observe(*state, measured.load);
        if (measured.counts)
            state->backlog.count(*measured.counts, max_waiting(*state, measured.delay));
        admit_waiting(*state);
        for (auto* const watch : {&concurrency, &backlog})
            if (const auto transition = watch->look(state->pressure))
                log_transition(*state, *transition);
        state->watch.expires_after(pace);
        co_await state->watch.async_wait(as_result);
    }
}

} // namespace msh
