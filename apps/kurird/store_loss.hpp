// SPDX-License-Identifier: Apache-2.0
// The loss of the store, from the writer's thread to the loop of the daemon. The writer looks at
// the store from its first second on, so the loss may come before there is a loop to stop.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace kurird {

// Returns the text of `act`: the person who must act after the loss of the store, and the action.
std::string_view act_after(const base::Error& loss);

class StoreLoss {
public:
    // Any thread.
    void note()
    {
        const std::lock_guard guard(mutex_);
        noted_ = true;
        if (stop_) stop_();
    }
    bool is_noted() const
    {
        const std::lock_guard guard(mutex_);
        return noted_;
    }
    // Calls `stop` when the store is lost; at once, if the store is lost already. `stop` must not
    // block, nor call this object.
    void stop_with(std::function<void()> stop)
    {
        const std::lock_guard guard(mutex_);
        stop_ = std::move(stop);
        if (noted_) stop_();
    }
    // Waits for a running call of `stop`; none begins afterwards.
    void disarm()
    {
        const std::lock_guard guard(mutex_);
        stop_ = nullptr;
    }

private:
    mutable std::mutex mutex_; // guards the two below
    std::function<void()> stop_;
    bool noted_ = false;
};

} // namespace kurird
