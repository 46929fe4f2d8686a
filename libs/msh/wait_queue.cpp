// SPDX-License-Identifier: Apache-2.0
// A waiter leaves the queue however its wait ends, even if its coroutine is destroyed.
#include "msh/wait_queue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

struct WaitQueue::Waiter {
    Waiter(const asio::any_io_executor& executor, std::shared_ptr<Shared> in)
        : timer(executor), shared(std::move(in))
    {
        shared->waiting.push_back(this);
    }
    Waiter(const Waiter&) = delete;
    ~Waiter()
    {
        if (called)
            --shared->admitted;
        else
            shared->waiting.remove(this);
    }

    asio::steady_timer timer;
    std::shared_ptr<Shared> shared;
    bool called = false;
};

WaitQueue::WaitQueue(asio::any_io_executor executor)
    : executor_(std::move(executor)), shared_(std::make_shared<Shared>())
{
}

asio::awaitable<bool> WaitQueue::wait(base::Duration limit)
{
    Waiter waiter(executor_, shared_);
    waiter.timer.expires_after(limit);
    co_await waiter.timer.async_wait(as_result);
    co_return waiter.called;
}

bool WaitQueue::admit_next()
{
    auto& waiting = shared_->waiting;
    if (waiting.empty()) return false;
    auto* first = waiting.front();
    waiting.pop_front();
    first->called = true;
    ++shared_->admitted;
    first->timer.cancel();
    return true;
}

void WaitQueue::reject_all()
{
    for (auto* const waiter : shared_->waiting)
        waiter->timer.cancel();
    shared_->waiting.clear();
}

} // namespace msh
