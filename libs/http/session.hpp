// SPDX-License-Identifier: Apache-2.0
// One connection of a server from handshake to goodbye, exchange after exchange.
#pragma once

#include "http/connection_limiter.hpp"
#include "http/incoming.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

namespace http {

// What the sessions of a server share.
struct Service {
    Service(Listen listen, const ServerLimits& given, Handler handles)
        : tls(std::move(listen.tls)), front(std::move(listen.front)), name(std::move(listen.name)),
          limits(given), handler(std::move(handles)), limiter(given, tls != nullptr)
    {
    }

    std::shared_ptr<boost::asio::ssl::context> tls; // none = plain
    std::shared_ptr<const Front> front;             // none = clients come directly
    std::string name;
    ServerLimits limits;
    Handler handler;
    ConnectionLimiter limiter;
    // Both are the server's. admit() gives places to connections that wait, as far as there are
    // any: once in the next turn of the loop, however often it is called in this one.
    std::function<void()> admit;
    std::function<void(ConnectionLimiter::Id)> drop;
    std::uint64_t refused = 0;              // waited in vain for a place
    std::uint64_t refused_certificates = 0; // 503
    bool stopping = false;
};

class Session {
public:
    using Id = ConnectionLimiter::Id;
    Session(std::shared_ptr<Service> service, Socket socket);

    // Ends when the connection does. Spawned with slot(), by which cancel() reaches a handler
    // wherever it waits.
    static asio::awaitable<void> run(std::shared_ptr<Session> self);
    asio::cancellation_slot slot() { return signal_.slot(); }
    Id id() const { return id_; }
    void admitted(); // it has a place
    void cancel();
    // Since when it waits for a request; nothing while one is under way.
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
    base::Error refused_;   // why a header was not taken
    bool by_proxy_ = false; // from a listed address
    Deadline handling_;
    Clock::time_point begun_;        // the exchange that is under way
    std::uint64_t moved_before_ = 0; // octets of the connection before it
    asio::cancellation_signal signal_;
    std::optional<Clock::time_point> idle_since_;
    asio::steady_timer slot_timer_; // a session without a place waits here
    bool admitted_ = false;
    bool served_ = false; // a request has been answered
    bool cancelled_ = false;
};

} // namespace http
