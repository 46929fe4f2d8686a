// SPDX-License-Identifier: Apache-2.0
// What the verbs share. Belongs to the I/O thread; only `workers` and what `parts` name are used
// from elsewhere.
#pragma once

#include "msh/backlog.hpp"
#include "msh/clock.hpp"
#include "msh/counters.hpp"
#include "msh/housekeeping.hpp"
#include "msh/in_flight.hpp"
#include "msh/msh.hpp"
#include "msh/wait_queue.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace msh {

struct State {
    State(asio::any_io_executor where, Settings given, Parts shared);

    asio::any_io_executor executor;
    Settings settings;
    Parts parts;
    as4::UnpackContext unpack;
    asio::thread_pool workers;
    asio::thread_pool intake; // for submissions, which give way to what empties the queue
    std::string owner;        // of our claims; new at each start
    Scheduler scheduler;
    std::set<std::string> running;               // ids of the messages being sent
    std::size_t sending = 0;                     // of them; also those that end without an exchange
    std::chrono::steady_clock::time_point swept; // when what is over was looked for last
    std::size_t receiving = 0;
    std::size_t signalling = 0; // what may be a receipt, while nothing else is taken
    std::size_t submitting = 0;
    std::size_t pinging = 0;
    std::size_t acknowledging = 0; // on their way to the store, answered or not
    bool claiming = false;         // messages may be becoming ours
    bool stopping = false;
    bool admin_states_unread = false; // could not be read at the start: all is paused
    Pressure pressure;
    Backlog backlog;
    WaitQueue wait_queue; // submissions that wait while the backlog is long
    Counters counters;
    Clock clock;
    InFlight in_flight;
    std::minstd_rand chance{std::random_device()()}; // spreads what many would do at once
    bool woken = false;       // something may have fallen due since the send loop looked
    asio::steady_timer due;   // the send loop waits here
    asio::steady_timer beat;  // the renewal of leases waits here
    asio::steady_timer watch; // and that for the next look at disk and queue
    asio::steady_timer idle;  // stop() waits here
    Housekeeping housekeeping;

    void wake();
    // Reads the clocks, and logs when one has jumped. What is decided by time is decided by
    // `believed`, alone: due times and leases in the store are of that clock.
    Moment moment();
    base::Time now() { return moment().believed; }
    // Why what is refused to this peer by the date may be refused wrongly: the clock has jumped, or
    // certificates accuse it (clock_suspicion_about()); else empty.
    std::string clock_doubt(const std::string& peer);
    bool busy() const
    {
        return claiming || housekeeping.backs_up() ||
               sending + receiving + signalling + submitting + pinging > 0;
    }
    // A participant of ours as the configuration spells it, whatever the case of its letters;
    // nullptr if it is none. Inboxes are found by this spelling.
    const std::string* served(std::string_view participant) const
    {
        const auto found = std::ranges::find_if(settings.participants, [&](const std::string& own) {
            return base::iequals(own, participant);
        });
        return found == settings.participants.end() ? nullptr : &*found;
    }
    bool serves(std::string_view participant) const { return served(participant) != nullptr; }
    // Whether what was received is for somebody here; without four corners it is for ourselves.
    bool serves(const queue::Header& received, const pmode::PMode& pmode) const
    {
        return !pmode.four_corner || serves(received.recipient);
    }
};

// One of a bounded number of places; given back on destruction. Empty if none was free.
class Slot {
public:
    static std::optional<Slot>
    take(const std::shared_ptr<State>& state, std::size_t State::* used, std::size_t limit);
    Slot(Slot&& other) noexcept : state_(std::move(other.state_)), used_(other.used_) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot();

private:
    Slot(std::shared_ptr<State> state, std::size_t State::* used)
        : state_(std::move(state)), used_(used)
    {
    }
    std::shared_ptr<State> state_;
    std::size_t State::* used_;
};

// What the record keeps of a header, in both directions. Sender and recipient are participants, or
// the parties themselves where the P-Mode is not four-corner.
queue::Header header_of(const ebms::UserMessage& message, const pmode::Peer& peer);

// 503 with Retry-After: not now. The body has not been read, and is passed over if it is small.
http::Response unavailable(State& state, Shortage why = Shortage::disk);
inline constexpr auto soap_type = "application/soap+xml; charset=UTF-8";
// A receipt or an error that came as a request of its own: what it proves is settled, then answered
// with 202; what is not taken gets 4xx.
asio::awaitable<http::Response>
receive_signal(std::shared_ptr<State> state, base::Bytes soap, http::Request& request);

// Receipts for other messages in the answer to `message_id`, which came from `url`: settled as if
// they had come in a request. Errors about other messages settle nothing there.
asio::awaitable<void> take_receipts_beside(
    State& state, as4::ReceivedSignals& signals, const std::string& message_id,
    const std::string& url
);

// What operators decided before the start holds again. Reads the store: before the loop runs.
void restore_admin_states(State& state);

asio::awaitable<void> send_loop(std::shared_ptr<State> state);
asio::awaitable<void> renew_loop(std::shared_ptr<State> state);

} // namespace msh
