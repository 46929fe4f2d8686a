// SPDX-License-Identifier: Apache-2.0
// The state that all operations of Msh share. Belongs to the I/O thread. Other threads use only
// the constant settings and the objects that `parts` refers to.
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
    // For submissions. Its threads give way to the work that empties the queue (give_way()).
    asio::thread_pool intake;
    std::string owner; // identifies our claims in the store; new at each start
    Scheduler scheduler;
    std::set<std::string> running; // ids of the messages we hold a claim on
    std::size_t sending = 0;       // their number, including messages that end without an exchange
    // When the last sweep for expired messages found none.
    std::chrono::steady_clock::time_point swept;
    std::size_t receiving = 0;
    std::size_t signalling = 0; // requests that may be receipts, while all others are refused
    std::size_t submitting = 0;
    std::size_t pinging = 0;
    std::size_t acknowledging = 0; // acknowledgements not yet written, answered or not
    bool claiming = false;         // a claim is being written
    bool stopping = false;
    bool admin_states_unread = false; // could not be read at the start, so all peers are paused
    Pressure pressure;
    Backlog backlog;
    WaitQueue wait_queue; // submissions that wait while there is a backlog
    Counters counters;
    Clock clock;
    InFlight in_flight;
    std::minstd_rand chance{std::random_device()()}; // for jitter
    bool woken = false;       // set by wake(): work may be due since the send loop last looked
    asio::steady_timer due;   // the send loop waits here
    asio::steady_timer beat;  // the lease renewal waits here
    asio::steady_timer watch; // watch_loop() waits here between two measurements
    asio::steady_timer idle;  // stop() waits here
    Housekeeping housekeeping;

    void wake();
    // Reads the clocks, and logs a jump. All decisions about time use `believed` alone, because due
    // times and leases in the store are of that clock.
    Moment moment();
    base::Time now() { return moment().believed; }
    // Why a refusal of this peer because of the date may be wrong: the clock has jumped, or
    // certificates make it suspect (clock_suspicion_about()). Empty without doubt.
    std::string clock_doubt(const std::string& peer);
    bool busy() const
    {
        return claiming || housekeeping.backs_up() ||
               sending + receiving + signalling + submitting + pinging > 0;
    }
    // Returns our participant in the configuration's spelling, compared without regard to case, or
    // nullptr if there is none. Inboxes are found by this spelling.
    const std::string* served(std::string_view participant) const
    {
        const auto found = std::ranges::find_if(settings.participants, [&](const std::string& own) {
            return base::iequals(own, participant);
        });
        return found == settings.participants.end() ? nullptr : &*found;
    }
    bool serves(std::string_view participant) const { return served(participant) != nullptr; }
    // Whether a received message is for a participant here. Without four corners it is always ours.
    bool serves(const queue::Header& received, const pmode::PMode& pmode) const
    {
        return !pmode.four_corner || serves(received.recipient);
    }
};

// One of a bounded number of slots. The destructor gives it back.
class Slot {
public:
    // Returns nothing if `limit` slots are in use.
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

// The header fields that are stored with a message, in both directions. Sender and recipient are
// participants. If the P-Mode is not four-corner, they are the parties.
queue::Header header_of(const ebms::UserMessage& message, const pmode::Peer& peer);

// 503 with Retry-After. The unread body is skipped if it is small.
http::Response unavailable(State& state, Shortage why = Shortage::disk);
inline constexpr auto soap_type = "application/soap+xml; charset=UTF-8";
// Handles receipts and errors that came as a request of their own, and settles what they prove.
// Answers 202, or 503 if a signal must be sent again. A refused receipt is named in an unsigned
// error: 400, or 200 if other signals were taken. A refused error alone gets a plain 400.
asio::awaitable<http::Response>
receive_signal(std::shared_ptr<State> state, base::Bytes soap, http::Request& request);

// Settles receipts for other messages that came in the answer to `message_id` from `url`, as if
// they had come in a request. Errors about other messages settle nothing there.
asio::awaitable<void> take_receipts_beside(
    State& state, as4::ReceivedSignals& signals, const std::string& message_id,
    const std::string& url
);

// Restores the operators' decisions of earlier runs. Blocks on the store: call it before the loop
// runs.
void restore_admin_states(State& state);

asio::awaitable<void> send_loop(std::shared_ptr<State> state);
asio::awaitable<void> renew_loop(std::shared_ptr<State> state);

} // namespace msh
