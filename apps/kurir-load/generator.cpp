// SPDX-License-Identifier: Apache-2.0
// Places for submissions and fetchers are coroutines; all of it runs on one thread.
#include "kurir-load/generator.hpp"

#include "base/id.hpp"
#include "crypto/digest.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>

namespace kurir_load {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_leased = 100; // of the contract
constexpr auto between_polls = std::chrono::milliseconds(20);
constexpr auto after_failure = std::chrono::milliseconds(200);

void rethrow(std::exception_ptr failure)
{
    if (failure) std::rethrow_exception(failure); // out of the loop, to main
}

} // namespace

Generator::Generator(
    asio::any_io_executor executor, Plan plan, Template document, Service& to, Service& from
)
    : executor_(executor), plan_(plan), document_(std::move(document)), to_(to), from_(from),
      woken_(executor, Clock::time_point::max())
{
}

asio::awaitable<void> Generator::pause(Clock::duration time)
{
    asio::steady_timer timer(executor_, time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<base::Result<>> Generator::prepare()
{
    if (plan_.empty_inbox) co_return co_await empty();
    for (const char* state : {"received", "leased"}) {
        const auto some = co_await from_.has_in_inbox(state);
        if (!some) co_return some.error();
        if (*some)
            co_return base::Error(
                http::errc::bad_response,
                "the receiver's inbox is not empty: what is in it now could not be told from what "
                "should not come out"
            );
    }
    co_return base::Result<>();
}

asio::awaitable<base::Result<>> Generator::empty()
{
    while (true) {
        const auto items = co_await from_.lease(max_leased);
        if (!items) co_return items.error();
        if (items->empty()) co_return base::Result<>();
        for (const auto& item : *items) {
            const auto gone = co_await from_.acknowledge(item);
            if (!gone) co_return gone.error();
        }
    }
}

asio::awaitable<void> Generator::run()
{
    start_ = last_arrival_ = Clock::now();
    submitting_ = plan_.concurrency;
    for (std::size_t n = 0; n < plan_.concurrency; ++n)
        asio::co_spawn(executor_, submitter(), rethrow);
    for (std::size_t n = 0; n < plan_.fetchers; ++n)
        asio::co_spawn(executor_, fetcher(), rethrow);
    while (!finished())
        co_await pause(between_polls);
    woken_.cancel();
}

// All submissions are answered, and what was promised has come out or had its time.
bool Generator::finished() const
{
    if (submitting_ > 0) return false;
    const auto now = Clock::now();
    if (now > answered_ + plan_.settle) return true;
    return ledger_.outstanding() == 0 && leased_.empty() && fetching_ == 0 &&
           now > std::max(answered_, last_arrival_) + plan_.quiet;
}

asio::awaitable<void> Generator::submitter()
{
    const auto& schedule = plan_.schedule;
    while (!schedule.total() || next_ < *schedule.total()) {
        const auto number = next_++;
        const auto intended = start_ + schedule.due(number);
        if (intended > Clock::now()) {
            asio::steady_timer timer(executor_, intended);
            co_await timer.async_wait(asio::use_awaitable);
        }
        const auto now = Clock::now();
        if (schedule.end() && now > start_ + *schedule.end()) break;
        ++run_.begun;
        const auto from = schedule.paced() ? intended : now;
        const auto behind = std::chrono::duration_cast<Histogram::Micros>(now - from);
        run_.furthest_behind = std::max(run_.furthest_behind, behind);
        run_.pace.note(now - start_, run_.fetched.count());
        co_await submit(from);
    }
    if (--submitting_ == 0) answered_ = Clock::now();
}

asio::awaitable<void> Generator::submit(Clock::time_point intended)
{
    const auto document = document_.with_id(base::uuid());
    const auto number = ledger_.offer(crypto::sha256(document));
    intended_.push_back(intended);
    const auto give_up = Clock::now() + plan_.settle;
    while (true) {
        const auto answer = co_await to_.submit(document);
        if (answer.status == 202) {
            ledger_.promise(number, answer.message_id);
            run_.accepted.add(std::chrono::duration_cast<Histogram::Micros>(Clock::now() - intended)
            );
            co_return;
        }
        note_answer(answer);
        if (answer.status == 0)
            ledger_.lose_answer(number);
        else
            ledger_.refuse(number);
        const bool later = answer.status == 0 || answer.status == 503 || answer.status == 429;
        const auto wait = answer.retry_after.value_or(after_failure);
        if (!later || plan_.ignore_backpressure || Clock::now() + wait > give_up) co_return;
        co_await pause(wait);
    }
}

void Generator::note_answer(const Answer& answer)
{
    const bool unavailable = answer.status == 503 || answer.status == 429;
    if (answer.status == 0)
        ++run_.broken;
    else if (unavailable)
        ++run_.unavailable;
    else
        ++run_.other_answers[answer.status];
    if (!unavailable && run_.first_error.empty()) run_.first_error = answer.error;
}

asio::awaitable<void> Generator::fetcher()
{
    while (!finished()) {
        if (!leased_.empty()) {
            auto item = std::move(leased_.front());
            leased_.pop_front();
            ++fetching_;
            co_await fetch(std::move(item));
            --fetching_;
        } else if (leasing_) {
            co_await woken_.async_wait(as_result);
        } else {
            leasing_ = true;
            co_await lease();
            leasing_ = false;
            woken_.cancel();
        }
    }
}

// The waiting after an empty answer belongs to the one who leases: others would only ask as well.
asio::awaitable<void> Generator::lease()
{
    auto items = co_await from_.lease(max_leased);
    if (!items) {
        ++run_.fetch_errors;
        if (run_.first_fetch_error.empty()) run_.first_fetch_error = items.error().text();
        co_await pause(after_failure);
        co_return;
    }
    for (auto& item : *items)
        leased_.push_back(std::move(item));
    if (leased_.empty()) co_await pause(between_polls);
}

// What fails is handed over again when its lease has lapsed.
asio::awaitable<void> Generator::fetch(Item item)
{
    const auto digest = co_await from_.payload_sha256(item.id);
    if (digest) note_arrival(ledger_.hand_over(item.id, item.message_id, *digest));
    const auto id = item.id;
    base::Result<> done;
    if (digest) done = co_await from_.acknowledge(std::move(item));
    if (digest && done) {
        ledger_.acknowledge(id);
        co_return;
    }
    ++run_.fetch_errors;
    if (run_.first_fetch_error.empty())
        run_.first_fetch_error = digest ? done.error().text() : digest.error().text();
}

void Generator::note_arrival(std::size_t number)
{
    if (number == Ledger::none) return;
    last_arrival_ = Clock::now();
    run_.until_last = last_arrival_ - start_;
    run_.fetched.add(
        std::chrono::duration_cast<Histogram::Micros>(last_arrival_ - intended_[number])
    );
}

Run Generator::result() const
{
    auto result = run_;
    result.balance = ledger_.balance();
    result.scheduled = plan_.schedule.total().value_or(run_.begun);
    return result;
}

} // namespace kurir_load
