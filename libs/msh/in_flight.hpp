// SPDX-License-Identifier: Apache-2.0
// Which inbound messages are being taken in right now. A repeat that comes while the first is in
// work waits for its outcome (design 2, promise 3). Belongs to the I/O thread.
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
    static constexpr std::size_t max_waiting = 8; // for one message

    // The sender party and the MessageId, both proven: nobody can make others wait.
    using Key = std::pair<std::string, std::string>;

    // The message is ours to take in until this is gone; then it is the next one's who waits.
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
    // At once if nobody has the message in work, else in order of arrival. Nothing if that takes
    // longer than `limit`, or too many wait already.
    asio::awaitable<std::optional<Permit>> take(Key key, base::Duration limit);

private:
    asio::any_io_executor executor_;
    std::shared_ptr<Entries> entries_; // shared with turns, which may outlive us
};

} // namespace msh
