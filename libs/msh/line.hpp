// SPDX-License-Identifier: Apache-2.0
// Those who wait for something that somebody else gives, in the order in which they came. Belongs
// to the I/O thread.
#pragma once

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <list>
#include <memory>

namespace msh {

namespace asio = boost::asio;

class Line {
    struct Waiter;

public:
    explicit Line(asio::any_io_executor executor);

    // Whether we were called; not if that takes longer than `limit`, or all are sent away.
    asio::awaitable<bool> wait(base::Duration limit);
    bool call();     // the first; false: nobody waits
    void disperse(); // all are sent away
    bool empty() const { return waiting_->empty(); }
    std::size_t size() const { return waiting_->size(); }

private:
    using Waiters = std::list<Waiter*>;

    asio::any_io_executor executor_;
    std::shared_ptr<Waiters> waiting_; // shared with those who wait, who may outlive us
};

} // namespace msh
