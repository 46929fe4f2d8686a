// SPDX-License-Identifier: Apache-2.0
// One connection of a server, from handshake to close, exchange after exchange.
#pragma once

#include "http/connection_limiter.hpp"
#include "http/incoming.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

namespace http {

// State that the sessions of a server share.
struct Service {
    Service(Listen listen, const ServerLimits& given, Handler handles)
        : tls(std::move(listen.tls)), front(std::move(listen.front)), name(std::move(listen.name)),
          limits(given), handler(std::move(handles)), limiter(given, tls != nullptr)
    {
    }

    std::shared_ptr<boost::asio::ssl::context> tls; // null = plain
    std::shared_ptr<const Front> front;             // null = clients connect directly
    std::string name;
    ServerLimits limits;
    Handler handler;
    ConnectionLimiter limiter;
    // The server sets both functions. admit() gives slots to waiting connections, as far as slots
    // are free. It does so once in the next turn of the event loop, however often it is called.
    std::function<void()> admit;
    std::function<void(ConnectionLimiter::Id)> drop;
    std::uint64_t refused = 0;              // got no slot within the time limit
    std::uint64_t refused_certificates = 0; // got 503: limit per certificate
    bool stopping = false;
};

class Session {
public:
    using Id = ConnectionLimiter::Id;
    Session(std::shared_ptr<Service> service, Socket socket);

    // Ends when the connection ends. Must be spawned with slot(), through which cancel() reaches a
    // handler that waits.
    static asio::awaitable<void> run(std::shared_ptr<Session> self);
    asio::cancellation_slot slot() { return signal_.slot(); }
    Id id() const { return id_; }
    void admitted(); // the limiter has given this session a slot
    void cancel();
    // Returns since when the session has been waiting for a request; empty during a request.
    std::optional<Clock::time_point> idle_since() const { return idle_since_; }
    bool cancelled() const { return cancelled_; }
    bool has_unread() const { return connection_.has_unread(); }
    const std::string& remote() const { return peer_.remote; }

private:
    enum class After { next, goodbye, gone };
    enum class Arrival { complete, gone, late, refused };

    void exchange_limit_passed();
    asio::awaitable<bool> preamble();
    asio::awaitable<void> linger(After after);
    asio::awaitable<bool> acquire_slot();
    asio::awaitable<bool> handshake();
    void enter(Phase phase);
    bool is_told() const;
    bool displace_slow_request();
    bool within_share(const std::optional<crypto::Certificate>& certificate);
    asio::awaitable<After> exchange();
    asio::awaitable<Arrival> read_header(MessageParser& parser);
    base::Result<Peer> client_of(const Head& head) const;
    asio::awaitable<Response> ask_handler(Incoming& request);
    asio::awaitable<bool> respond(const Head& head, Response& response, bool close);
    asio::awaitable<After> refuse(const Head& head, int status, std::string why = {});

    std::shared_ptr<Service> service_;
    Connection connection_;
    Id id_ = 0;
    Peer peer_;
    base::Error refused_;   // reason why a header was refused
    bool by_proxy_ = false; // the connection comes from a listed proxy
    Deadline handling_;
    Clock::time_point begun_;        // start of the current exchange
    std::uint64_t moved_before_ = 0; // octets moved before the current exchange
    asio::cancellation_signal signal_;
    std::optional<Clock::time_point> idle_since_;
    asio::steady_timer slot_timer_; // limits the wait for a slot
    bool admitted_ = false;
    bool served_ = false; // a request has been answered
    bool cancelled_ = false;
};

} // namespace http
