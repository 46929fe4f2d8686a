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

class WaitQueue {
    struct Waiter;

public:
    explicit WaitQueue(asio::any_io_executor executor);

    // Whether we were called; not if that takes longer than `limit`, or all are sent away.
    asio::awaitable<bool> wait(base::Duration limit);
    bool admit_next(); // the first; false: nobody waits
    void reject_all(); // all are sent away
    bool empty() const { return shared_->waiting.empty(); }
    std::size_t size() const { return shared_->waiting.size(); }
    std::size_t admitted() const { return shared_->admitted; } // called, and not gone on yet

private:
    struct Shared {
        std::list<Waiter*> waiting;
        std::size_t admitted = 0;
    };

    asio::any_io_executor executor_;
    std::shared_ptr<Shared> shared_; // shared with those who wait, who may outlive us
};

} // namespace msh
