// SPDX-License-Identifier: Apache-2.0
// The timer of a Deadline. The pending wait shares ownership of the state, because the timer can
// fire after the Deadline is destroyed.
#include "http/deadline.hpp"

#include <boost/asio/steady_timer.hpp>

namespace http {

struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
    State(boost::asio::any_io_executor executor, std::function<void()> call)
        : timer(std::move(executor)), passed(std::move(call))
    {
    }

    void wait()
    {
        waiting = true;
        timer.expires_at(at); // cancels an earlier wait
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->fired();
        });
    }

    void fired()
    {
        waiting = false;
        if (at == Clock::time_point::max()) return;
        if (Clock::now() < at) {
            wait();
            return;
        }
        at = Clock::time_point::max();
        if (passed) passed();
    }

    boost::asio::steady_timer timer;
    std::function<void()> passed;
    Clock::time_point at = Clock::time_point::max();
    bool waiting = false;
};

Deadline::Deadline(boost::asio::any_io_executor executor, std::function<void()> passed)
    : state_(std::make_shared<State>(std::move(executor), std::move(passed)))
{
}

Deadline::~Deadline()
{
    state_->passed = nullptr;
    stop();
}

void Deadline::set(base::Duration from_now)
{
    state_->at = Clock::now() + from_now;
    if (!state_->waiting || state_->at < state_->timer.expiry()) state_->wait();
}

void Deadline::clear()
{
    state_->at = Clock::time_point::max();
}

void Deadline::stop()
{
    clear();
    state_->waiting = false;
    state_->timer.cancel();
}

} // namespace http
