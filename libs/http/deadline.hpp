// SPDX-License-Identifier: Apache-2.0
// A moving time limit that costs one comparison to move: its timer is re-armed when it fires early,
// not at every step.
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
    // `passed` runs on the executor, never from within set(); not after this object is gone.
    Deadline(boost::asio::any_io_executor executor, std::function<void()> passed);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline();

    void set(base::Duration from_now);
    void clear(); // the timer may fire once more for nothing
    void stop();  // and this one keeps the loop from waiting for it

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace http
