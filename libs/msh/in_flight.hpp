// SPDX-License-Identifier: Apache-2.0
// Tracks the inbound messages that are being received now. A repeat that arrives meanwhile waits
// for the outcome of the first (design 2, promise 3). Belongs to the I/O thread.
#pragma once

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace msh {

namespace asio = boost::asio;

class InFlight {
    struct Waiter;
    struct Entries;

public:
    static constexpr std::size_t max_waiting = 8; // per message

    // Sender party and MessageId, both proven, so that a stranger cannot make others wait.
    using Key = std::pair<std::string, std::string>;

    // Exclusive right to process this message. Destroying it passes the right to the next waiter.
    class Permit {
    public:
        Permit(Permit&&) noexcept = default;
        Permit& operator=(Permit&&) = delete;
        ~Permit();

    private:
        friend class InFlight;
        Permit(std::shared_ptr<Entries> entries, Key key)
            : entries_(std::move(entries)), key_(std::move(key))
        {
        }
        std::shared_ptr<Entries> entries_;
        Key key_;
    };

    explicit InFlight(asio::any_io_executor executor);
    // Returns at once if the message is not in flight, otherwise in order of arrival. Returns
    // nothing after `limit`, or if max_waiting requests wait already.
    asio::awaitable<std::optional<Permit>> take(Key key, base::Duration limit);

private:
    asio::any_io_executor executor_;
    std::shared_ptr<Entries> entries_; // shared with permits, which may outlive this object
};

} // namespace msh
