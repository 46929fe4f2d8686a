// SPDX-License-Identifier: Apache-2.0
// Race between the addresses of a host, IPv6 and IPv4 alike [TA46]. Each pending callback holds a
// reference to the Race, because callbacks can run after the race is decided.
#include "http/connect.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration head_start(250); // [RFC 8305 5] Connection Attempt Delay

class Race : public std::enable_shared_from_this<Race> {
public:
    Race(asio::any_io_executor executor, Endpoints endpoints)
        : executor_(executor), endpoints_(std::move(endpoints)), next_(executor), over_(executor)
    {
    }
    asio::awaitable<error_code> run(Socket& winner, Clock::time_point until);

private:
    void begin();
    void ended(std::size_t which, const error_code& error);

    asio::any_io_executor executor_;
    Endpoints endpoints_;
    std::vector<std::unique_ptr<Socket>> sockets_; // one per started attempt
    asio::steady_timer next_;
    asio::steady_timer over_;
    std::size_t failed_ = 0;
    std::optional<std::size_t> winner_;
    error_code error_ = asio::error::host_not_found;
    bool decided_ = false;
};

void Race::begin()
{
    if (sockets_.size() == endpoints_.size()) return;
    const auto which = sockets_.size();
    sockets_.push_back(std::make_unique<Socket>(executor_));
    auto done = [self = shared_from_this(), which](const error_code& error) {
        self->ended(which, error);
    };
    sockets_.back()->async_connect(endpoints_[which], std::move(done));
    if (sockets_.size() == endpoints_.size()) return;
    next_.expires_after(head_start);
    next_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled && !self->decided_) self->begin();
    });
}

void Race::ended(std::size_t which, const error_code& error)
{
    if (decided_) return;
    if (!error) {
        winner_ = which;
    } else {
        error_ = error;
        ++failed_;
        // Another attempt is still in flight. The timer starts the next one, if any is left.
        if (failed_ < sockets_.size()) return;
        if (sockets_.size() < endpoints_.size()) {
            begin();
            return;
        }
    }
    decided_ = true;
    over_.cancel();
}

asio::awaitable<error_code> Race::run(Socket& winner, Clock::time_point until)
{
    if (endpoints_.empty()) co_return error_;
    over_.expires_at(until);
    begin();
    co_await over_.async_wait(as_result);
    if (!decided_) error_ = asio::error::timed_out;
    decided_ = true;
    next_.cancel();
    if (winner_) winner = std::move(*sockets_[*winner_]);
    error_code ignored;
    for (const auto& socket : sockets_)
        socket->close(ignored);
    if (!winner_) co_return error_;
    winner.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return error_code();
}

} // namespace

Endpoints in_turns(const Endpoints& endpoints)
{
    Endpoints first;
    Endpoints other;
    for (const auto& endpoint : endpoints) {
        const bool as_first = endpoint.protocol().family() == endpoints.front().protocol().family();
        (as_first ? first : other).push_back(endpoint);
    }
    Endpoints turns;
    for (std::size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
        if (i < first.size()) turns.push_back(first[i]);
        if (i < other.size()) turns.push_back(other[i]);
    }
    return turns;
}

asio::awaitable<error_code>
connect_any(Socket& socket, const Endpoints& endpoints, Clock::time_point until)
{
    const auto race = std::make_shared<Race>(socket.get_executor(), in_turns(endpoints));
    co_return co_await race->run(socket, until);
}

} // namespace http
