// SPDX-License-Identifier: Apache-2.0
// A thread-safe cache with a maximum number of entries. A full cache drops the least recently used
// entry.
#pragma once

#include "base/bytes.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace crypto {

template <class Value> class RecentlySeen {
public:
    explicit RecentlySeen(std::size_t max) : max_(max) {}

    // Returns null if the key is not in the cache. Marks a found entry as the most recently used.
    std::shared_ptr<Value> find(const base::Bytes& key)
    {
        const std::lock_guard lock(mutex_);
        const auto found = places_.find(key);
        if (found == places_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return found->second->second;
    }

    void keep(const base::Bytes& key, std::shared_ptr<Value> value)
    {
        const std::lock_guard lock(mutex_);
        // Another thread may have stored the same key in the meantime. Keep its value.
        if (places_.contains(key)) return;
        order_.emplace_front(key, std::move(value));
        places_.emplace(key, order_.begin());
        if (order_.size() <= max_) return;
        places_.erase(order_.back().first);
        order_.pop_back();
    }

    std::size_t size() const
    {
        const std::lock_guard lock(mutex_);
        return order_.size();
    }

private:
    using Entries = std::list<std::pair<base::Bytes, std::shared_ptr<Value>>>;
    mutable std::mutex mutex_;
    std::size_t max_;
    Entries order_; // most recently used first
    std::unordered_map<base::Bytes, typename Entries::iterator> places_;
};

} // namespace crypto
