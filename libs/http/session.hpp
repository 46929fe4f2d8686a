// SPDX-License-Identifier: Apache-2.0
// One connection of a server from handshake to goodbye, exchange after exchange.
#pragma once

#include "http/incoming.hpp"

#include <boost/asio/cancellation_signal.hpp>

namespace http {

// What the sessions of a server share.
struct Service {
    std::shared_ptr<boost::asio::ssl::context> tls; // none = plain
    std::shared_ptr<const Front> front;             // none = clients come directly
    ServerLimits limits;
    Handler handler;
    bool stopping = false;
};

class Session {
public:
    Session(std::shared_ptr<const Service> service, Socket socket);

    // Ends when the connection does. Spawned with slot(), by which cancel() reaches a handler
    // wherever it waits.
    static asio::awaitable<void> run(std::shared_ptr<Session> self);
    asio::cancellation_slot slot() { return signal_.slot(); }
    void cancel();
    // Since when it waits for a request; nothing while one is under way.
    std::optional<Clock::time_point> idle_since() const { return idle_since_; }
    bool cancelled() const { return cancelled_; }

private:
    enum class After { next, goodbye, gone };
    enum class Arrival { complete, gone, late, refused };

    void exchange_limit_passed();
    asio::awaitable<bool> preamble();
    asio::awaitable<bool> handshake();
    asio::awaitable<After> exchange();
    asio::awaitable<Arrival> read_header(MessageParser& parser);
    base::Result<Peer> client_of(const Head& head) const;
    asio::awaitable<Response> ask_handler(Incoming& request);
    asio::awaitable<bool> respond(const Head& head, Response& response, bool close);
    asio::awaitable<After> refuse(const Head& head, int status, std::string why = {});

    std::shared_ptr<const Service> service_;
    Connection connection_;
    Peer peer_;
    base::Error refused_;   // why a header was not taken
    bool by_proxy_ = false; // from a listed address
    Deadline handling_;
    Clock::time_point begun_;        // the exchange that is under way
    std::uint64_t moved_before_ = 0; // octets of the connection before it
    asio::cancellation_signal signal_;
    std::optional<Clock::time_point> idle_since_;
    bool cancelled_ = false;
};

} // namespace http
