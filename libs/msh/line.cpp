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
    Waiter(const asio::any_io_executor& executor, std::shared_ptr<Waiters> with)
        : timer(executor), line(std::move(with))
    {
        line->push_back(this);
    }
    Waiter(const Waiter&) = delete;
    ~Waiter() { line->remove(this); }

    asio::steady_timer timer;
    std::shared_ptr<Waiters> line;
    bool called = false;
};

Line::Line(asio::any_io_executor executor)
    : executor_(std::move(executor)), waiting_(std::make_shared<Waiters>())
{
}

asio::awaitable<bool> Line::wait(base::Duration limit)
{
    Waiter waiter(executor_, waiting_);
    waiter.timer.expires_after(limit);
    co_await waiter.timer.async_wait(as_result);
    co_return waiter.called;
}

bool Line::call()
{
    if (waiting_->empty()) return false;
    auto* first = waiting_->front();
    waiting_->pop_front();
    first->called = true;
    first->timer.cancel();
    return true;
}

void Line::disperse()
{
    for (auto* const waiter : *waiting_)
        waiter->timer.cancel();
    waiting_->clear();
}

} // namespace msh
