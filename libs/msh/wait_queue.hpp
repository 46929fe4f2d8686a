// SPDX-License-Identifier: Apache-2.0
// Requests that wait for admission, in order of arrival. Belongs to the I/O thread.
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

    // Returns true once admitted. Returns false after `limit`, or if reject_all() is called.
    asio::awaitable<bool> wait(base::Duration limit);
    bool admit_next(); // admits the first; false: the queue is empty
    void reject_all();
    bool empty() const { return shared_->waiting.empty(); }
    std::size_t size() const { return shared_->waiting.size(); }
    std::size_t admitted() const { return shared_->admitted; } // admitted, and not resumed yet

private:
    struct Shared {
        std::list<Waiter*> waiting;
        std::size_t admitted = 0;
    };

    asio::any_io_executor executor_;
    std::shared_ptr<Shared> shared_; // shared with the waiters, which may outlive this object
};

} // namespace msh
