// SPDX-License-Identifier: Apache-2.0
// A request on a server's connection: its target decoded, its body read in pieces as the handler
// asks for them.
#pragma once

#include "http/connection.hpp"
#include "http/parser.hpp"
#include "http/server.hpp"

namespace http {

// Who is at the other end: of a connection, or of one request of many that a proxy passes on.
struct Peer {
    std::string remote;
    std::optional<crypto::Certificate> certificate;
};

class Incoming final : public Request {
public:
    // After the parser has the header. All four outlive this.
    Incoming(
        Connection& connection, MessageParser& parser, const Peer& peer, const ServerLimits& limits
    );

    // The status to refuse this request with before any handler sees it, or 0.
    int refusal() const { return refusal_; }

    const std::string& method() const override { return parser_.head().method; }
    const std::string& path() const override { return path_; }
    std::optional<std::string> query(std::string_view name) const override;
    const Headers& headers() const override { return parser_.head().headers; }
    const std::optional<crypto::Certificate>& client_certificate() const override
    {
        return peer_.certificate;
    }
    const std::string& remote() const override { return peer_.remote; }
    std::optional<std::uint64_t> content_length() const override
    {
        return parser_.head().content_length;
    }
    asio::awaitable<base::Result<std::optional<base::BytesView>>> read() override;
    bool displace_slow_request() override { return displace_ && displace_(); }
    void displace_by(std::function<bool()> displace) { displace_ = std::move(displace); }
    bool is_of_small_client() const override { return small_client_ && small_client_(); }
    void small_client_by(std::function<bool()> ask) { small_client_ = std::move(ask); }

    const std::optional<base::Error>& failed() const { return failed_; }
    // Whether the client waits for our word before it sends the body: it will then not be sent.
    bool body_held_back() const { return expects_word_ && !parser_.done(); }
    // Whether more of the body is still to come than drain() would read.
    bool too_much_left() const;
    bool done() const { return parser_.done(); }
    // Reads what the handler left, up to a bound. True if the connection may carry another request.
    asio::awaitable<bool> drain();

private:
    void read_target();
    bool worth_waiting() const;
    std::string how_far() const;
    base::Error fail(base::Error error);

    Connection& connection_;
    MessageParser& parser_;
    const Peer& peer_;
    base::Duration piece_;
    std::string path_;
    std::string query_; // still encoded
    int refusal_ = 0;
    bool expects_word_ = false;
    std::uint64_t given_ = 0; // octets of the body
    std::optional<base::Error> failed_;
    std::function<bool()> displace_;
    std::function<bool()> small_client_;
};

} // namespace http
