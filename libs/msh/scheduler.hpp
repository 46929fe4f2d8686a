// SPDX-License-Identifier: Apache-2.0
// Whose turn it is to be sent to, and how much of it at once: one record for each destination, with
// a concurrency that grows by success and falls by failure, and a circuit breaker. Pure: events and
// times are parameters.
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
    std::size_t slots = 32;      // exchanges at once, all destinations together
    std::size_t peer_slots = 16; // of them, of one destination
    std::size_t first = 4;       // a destination begins with so many
    std::size_t failures = 5;    // in a row open the breaker
    base::Duration probe_delay = std::chrono::seconds(5); // until a probe; doubles with each failed
    base::Duration probe_max_delay = std::chrono::minutes(5);
    base::Duration max_retry_after = std::chrono::hours(1); // what a peer may ask for
};

class Scheduler {
public:
    // `peers`: the names of all [[peer]]s. `seed`: of the jitter.
    Scheduler(
        const SchedulerSettings& settings, const std::vector<std::string>& peers, std::uint32_t seed
    );

    // What may be claimed now: at most `most`, in turns from the peer that follows `after` on, of
    // each peer as many as `places` says, or `otherwise` if it does not name it.
    struct Offer {
        std::map<std::string, std::size_t, std::less<>> slots;
        std::size_t default_slots = 0;
        std::size_t limit = 0;
        std::string after;
    };
    Offer offer(base::Time now) const;
    // When the offer changes though nothing happens: a wait ends.
    std::optional<base::Time> wakes_at(base::Time now) const;

    // --- What happens. Each begun exchange ends once.

    enum class Permission {
        granted,
        withheld, // since it was claimed, the breaker opened, the peer asked for time, it was
                  // paused
        unknown   // no [[peer]] of this name: it has no places and no exchange
    };
    struct Exchange {
        Permission permission = Permission::unknown;
        std::string peer;
        std::uint64_t generation = 0; // of the destination's concurrency, when it began
        bool probe = false;
    };
    Exchange begin(const std::string& peer, base::Time now);
    struct End {
        // answered: the destination works, whatever it said of the message. none: nothing was sent.
        enum class Kind { answered, failed, none } kind = Kind::none;
        std::optional<base::Duration> retry_after; // what the peer asked for
        std::string failure;                       // in words
        base::Duration took{};                     // the exchange alone
    };
    void end(const Exchange& exchange, const End& end, base::Time now);

    // --- What the operator decides. A peer of "" is all of them.

    void set_admin_state(const queue::DestinationAdminState& admin_state);
    void probe_now(std::string_view peer, base::Time now); // waits for nothing more

    // --- What is seen.

    // Whether something new may be taken in for the peer; "" = at all.
    bool takes(std::string_view peer) const;
    std::size_t running() const { return running_; } // exchanges now
    std::vector<Destination> destinations(base::Time now) const;

private:
    struct Record {
        Breaker breaker = Breaker::closed;
        std::optional<queue::DestinationAdminState> admin_state; // if it is not open
        std::size_t running = 0;
        std::size_t limit = 1;         // of exchanges at once
        std::size_t successes = 0;     // since the limit changed
        std::uint64_t generation = 0;  // one higher with each fall of the limit
        std::uint64_t sound_since = 0; // the era in which the breaker was closed again
        std::size_t left_over = 0;     // of the running: they began before that
        base::Duration wait{};         // before the next probe
        base::Time not_before;         // the epoch: no wait
        std::uint64_t attempts = 0;    // since the start
        std::uint64_t failures = 0;
        std::uint64_t consecutive_failures = 0;
        std::string last_failure;
        std::optional<base::Time> failing_since;
        base::Duration exchange{}; // mean of what the last ones took
    };

    bool waits(const Record& record, base::Time now) const;
    bool is_paused(const Record& record) const;
    std::size_t of_common() const; // places that a destination may have beside its first
    std::size_t free_of(const Record& record, base::Time now) const;
    void succeeded(Record& record, const Exchange& exchange);
    void failed(Record& record, const Exchange& exchange, base::Time now);
    void put_off(Record& record, base::Time now);
    Destination view(const std::string& peer, const Record& record, base::Time now) const;

    SchedulerSettings settings_;
    std::map<std::string, Record, std::less<>> records_;
    std::optional<queue::DestinationAdminState> all_; // if it is not open
    std::string turn_;                                // the peer that had the last one
    std::size_t running_ = 0;
    std::minstd_rand random_;
};

} // namespace msh
