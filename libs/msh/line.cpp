// SPDX-License-Identifier: Apache-2.0
// A waiter leaves the line however its wait ends, also when its coroutine is destroyed.
#include "msh/line.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

struct Line::Waiter {
    Waiter(const asio::any_io_executor& executor, std::shared_ptr<Place> in)
        : timer(executor), place(std::move(in))
    {
        place->waiting.push_back(this);
    }
    Waiter(const Waiter&) = delete;
    ~Waiter()
    {
        if (called)
            --place->coming;
        else
            place->waiting.remove(this);
    }

    asio::steady_timer timer;
    std::shared_ptr<Place> place;
    bool called = false;
};

Line::Line(asio::any_io_executor executor)
    : executor_(std::move(executor)), place_(std::make_shared<Place>())
{
}

asio::awaitable<bool> Line::wait(base::Duration limit)
{
    Waiter waiter(executor_, place_);
    waiter.timer.expires_after(limit);
    co_await waiter.timer.async_wait(as_result);
    co_return waiter.called;
}

bool Line::call()
{
    auto& waiting = place_->waiting;
    if (waiting.empty()) return false;
    auto* first = waiting.front();
    waiting.pop_front();
    first->called = true;
    ++place_->coming;
    first->timer.cancel();
    return true;
}

void Line::disperse()
{
    for (auto* const waiter : place_->waiting)
        waiter->timer.cancel();
    place_->waiting.clear();
}

} // namespace msh
