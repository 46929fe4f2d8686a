// SPDX-License-Identifier: Apache-2.0
// Decides which destination is sent to next, and how many exchanges run at once. Each destination
// has a record with a circuit breaker and a concurrency limit that grows with success and falls
// with failure. Pure: events and times are parameters.
#pragma once

#include "msh/destination.hpp"
#include "queue/records.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace msh {

struct SchedulerSettings {
    std::size_t slots = 32;      // concurrent exchanges of all destinations together
    std::size_t peer_slots = 16; // maximum of these for one destination
    std::size_t first = 4;       // the limit that a destination starts with
    std::size_t failures = 5;    // consecutive failures that open the breaker
    // Wait before the first probe. Doubles with each failed probe, up to probe_max_delay.
    base::Duration probe_delay = std::chrono::seconds(5);
    base::Duration probe_max_delay = std::chrono::minutes(5);
    base::Duration max_retry_after = std::chrono::hours(1); // upper bound of a peer's Retry-After
};

class Scheduler {
public:
    // `peers`: the names of all [[peer]]s. `seed`: for the jitter.
    Scheduler(
        const SchedulerSettings& settings, const std::vector<std::string>& peers, std::uint32_t seed
    );

    // The claim allowed now: at most `limit` messages, round-robin over the peers, starting with
    // the peer that follows `after`. Each peer gets at most its number in `slots`, or
    // `default_slots` if `slots` does not name it.
    struct Offer {
        std::map<std::string, std::size_t, std::less<>> slots;
        std::size_t default_slots = 0;
        std::size_t limit = 0;
        std::string after;
    };
    Offer offer(base::Time now) const;
    // The earliest time at which a destination's wait ends, so that the offer changes without an
    // event.
    std::optional<base::Time> wakes_at(base::Time now) const;

    // --- Events. Each exchange that began ends once.

    enum class Permission {
        granted,
        // Since the claim, the breaker opened, the peer sent a Retry-After, the operator paused the
        // peer, or no slot was left.
        withheld,
        unknown // no [[peer]] has this name, so there are no slots and no exchange
    };
    struct Exchange {
        Permission permission = Permission::unknown;
        std::string peer;
        std::uint64_t generation = 0; // of the destination's limit when the exchange began
        bool probe = false;
    };
    Exchange begin(const std::string& peer, base::Time now);
    struct End {
        // answered: the destination works, whatever its answer says about the message. none:
        // nothing was sent, or the attempt failed on our side.
        enum class Kind { answered, failed, none } kind = Kind::none;
        std::optional<base::Duration> retry_after; // the peer's Retry-After
        std::string failure;                       // cause, for people
        base::Duration took{};                     // of the exchange alone
    };
    void end(const Exchange& exchange, const End& end, base::Time now);

    // --- Decisions of the operator. A peer of "" means all peers.

    void set_admin_state(const queue::DestinationAdminState& admin_state);
    void probe_now(std::string_view peer, base::Time now); // ends a wait

    // --- Current state.

    // Whether new messages are accepted for this peer; "" = for any peer. False: drained.
    bool takes(std::string_view peer) const;
    std::size_t running() const { return running_; } // exchanges in progress
    std::vector<Destination> destinations(base::Time now) const;

private:
    struct Record {
        Breaker breaker = Breaker::closed;
        std::optional<queue::DestinationAdminState> admin_state; // nothing: open
        std::size_t running = 0;
        std::size_t limit = 1;         // concurrent exchanges
        std::size_t successes = 0;     // since the limit changed
        std::uint64_t generation = 0;  // grows when the limit falls or the breaker closes
        std::uint64_t sound_since = 0; // the generation that began when the breaker last closed
        std::size_t left_over = 0;     // running exchanges that began before that
        base::Duration wait{};         // before the next probe
        base::Time not_before;         // the epoch: no wait
        std::uint64_t attempts = 0;    // since the start
        std::uint64_t failures = 0;
        std::uint64_t consecutive_failures = 0;
        std::string last_failure;
        std::optional<base::Time> failing_since;
        base::Duration exchange{}; // moving average of the duration
    };

    bool waits(const Record& record, base::Time now) const;
    bool is_paused(const Record& record) const;
    // Three quarters of the slots. The rest is reserved for destinations without a running
    // exchange.
    std::size_t of_common() const;
    std::size_t free_of(const Record& record, base::Time now) const;
    void succeeded(Record& record, const Exchange& exchange);
    void failed(Record& record, const Exchange& exchange, base::Time now);
    void put_off(Record& record, base::Time now);
    Destination view(const std::string& peer, const Record& record, base::Time now) const;

    SchedulerSettings settings_;
    std::map<std::string, Record, std::less<>> records_;
    std::optional<queue::DestinationAdminState> all_; // for all peers; nothing: open
    std::string turn_;                                // the peer of the last begin()
    std::size_t running_ = 0;
    std::minstd_rand random_;
};

} // namespace msh
