// SPDX-License-Identifier: Apache-2.0
// A time limit that is cheap to move. A move to a later time costs one comparison: the timer is
// re-armed when it fires too early, not at every move.
#pragma once

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace http {

using Clock = std::chrono::steady_clock;

class Deadline {
public:
    // `passed` runs on the executor. It never runs inside set() or after this object is destroyed.
    Deadline(boost::asio::any_io_executor executor, std::function<void()> passed);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    void set(base::Duration from_now);
    void clear(); // the timer may fire once more, without effect
    void stop();  // also cancels the timer, so that the event loop does not wait for it

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace http
