// SPDX-License-Identifier: Apache-2.0
// The open loop: submissions begin when the schedule says, as far as places are free, and are timed
// from that moment; beside it what comes out of the receiver's inbox is fetched, held against the
// ledger and acknowledged.
#pragma once

#include "kurir-load/document.hpp"
#include "kurir-load/histogram.hpp"
#include "kurir-load/ledger.hpp"
#include "kurir-load/pace.hpp"
#include "kurir-load/schedule.hpp"
#include "kurir-load/service.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>

namespace kurir_load {

struct Plan {
    Schedule schedule{1, 1, std::nullopt};
    std::size_t concurrency = 64;     // submissions at once
    std::size_t fetchers = 16;        // payloads and acknowledgements at once
    bool ignore_backpressure = false; // a submission that got 503 is not tried again
    bool empty_inbox = false;         // what lies there before is acknowledged away
    base::Duration settle = std::chrono::seconds(60); // for what was promised to come out
    base::Duration quiet = std::chrono::seconds(1);   // and so long for what should not
};

// What happened.
struct Run {
    Balance balance;
    Histogram accepted; // from the intended start to the 202
    Histogram fetched;  // from the intended start to the payload's last octet at the receiver
    std::uint64_t scheduled = 0;
    std::uint64_t begun = 0;                    // fewer: the places were taken
    std::uint64_t unavailable = 0;              // answers 503 and 429
    std::uint64_t broken = 0;                   // no answer
    std::map<int, std::uint64_t> other_answers; // by status
    std::string first_error;                    // of those two
    std::uint64_t fetch_errors = 0;             // of the receiver's door
    std::string first_fetch_error;
    Pace pace; // of what came out, from the first start of a submission to the last
    std::chrono::duration<double> until_last{};  // from the first start to the last arrival
    std::chrono::microseconds furthest_behind{}; // of a start, after its intended one
};

class Generator {
public:
    Generator(
        asio::any_io_executor executor, Plan plan, Template document, Service& to, Service& from
    );
    // errc of http if the receiver's inbox cannot be read or, unless it may be emptied, is not
    // empty.
    asio::awaitable<base::Result<>> prepare();
    asio::awaitable<void> run();
    Run result() const;

private:
    using Clock = std::chrono::steady_clock;

    asio::awaitable<base::Result<>> empty();
    asio::awaitable<void> submitter();
    asio::awaitable<void> submit(Clock::time_point intended);
    asio::awaitable<void> fetcher();
    asio::awaitable<void> lease();
    asio::awaitable<void> fetch(Item item);
    asio::awaitable<void> pause(Clock::duration time);
    bool finished() const;
    void note_answer(const Answer& answer);
    void note_arrival(std::size_t number);

    asio::any_io_executor executor_;
    Plan plan_;
    Template document_;
    Service& to_;
    Service& from_;
    Ledger ledger_;
    Run run_;
    Clock::time_point start_;
    Clock::time_point answered_; // when the last submission was
    Clock::time_point last_arrival_;
    std::uint64_t next_ = 0;
    std::size_t submitting_ = 0;
    std::size_t fetching_ = 0;                // items being read
    std::vector<Clock::time_point> intended_; // by number in the ledger
    std::deque<Item> leased_;
    bool leasing_ = false;
    asio::steady_timer woken_; // fetchers wait here for items
};

} // namespace kurir_load
