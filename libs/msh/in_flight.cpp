// SPDX-License-Identifier: Apache-2.0
// A permit that ends passes directly to the first waiter, so that no new request gets in between.
#include "msh/in_flight.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

struct InFlight::Entries {
    // A key without waiters is in flight, too.
    std::map<Key, std::list<Waiter*>> waiting;
    void pass_on(const Key& key);
};

// A waiting request. Leaves the queue however its wait ends.
struct InFlight::Waiter {
    Waiter(const asio::any_io_executor& executor, std::shared_ptr<Entries> with, const Key& of)
        : timer(executor), entries(std::move(with)), key(of)
    {
        entries->waiting.at(key).push_back(this);
    }
    Waiter(const Waiter&) = delete;
    ~Waiter()
    {
        if (!called)
            entries->waiting.at(key).remove(this);
        else if (!taken)
            entries->pass_on(key);
    }
    asio::steady_timer timer;
    std::shared_ptr<Entries> entries;
    const Key& key;
    bool called = false; // the permit was passed to this waiter
    bool taken = false;
};

void InFlight::Entries::pass_on(const Key& key)
{
    const auto found = waiting.find(key);
    if (found->second.empty()) {
        waiting.erase(found);
        return;
    }
    auto* next = found->second.front();
    found->second.pop_front();
    next->called = true;
    next->timer.cancel();
}

InFlight::Permit::~Permit()
{
    if (entries_) entries_->pass_on(key_);
}

InFlight::InFlight(asio::any_io_executor executor)
    : executor_(std::move(executor)), entries_(std::make_shared<Entries>())
{
}

asio::awaitable<std::optional<InFlight::Permit>> InFlight::take(Key key, base::Duration limit)
{
    const auto entries = entries_;
    const auto [found, first] = entries->waiting.try_emplace(key);
    if (first) co_return Permit(entries, std::move(key));
    if (found->second.size() >= max_waiting) co_return std::nullopt;

    Waiter waiter(executor_, entries, key);
    waiter.timer.expires_after(limit);
    co_await waiter.timer.async_wait(as_result);
    // The permit may have been passed at the last moment, or while the wait was being cancelled.
    // Even then this request has it, and the permit ends with the caller's frame.
    waiter.taken = waiter.called;
    if (!waiter.called) co_return std::nullopt;
    co_return Permit(entries, key);
}

} // namespace msh
