// SPDX-License-Identifier: Apache-2.0
// A request on a server's connection. The target is decoded. The body is read in pieces, when the
// handler asks for them.
#pragma once

#include "http/connection.hpp"
#include "http/parser.hpp"
#include "http/server.hpp"

namespace http {

// The client of a connection, or of a single request that a proxy forwards.
struct Peer {
    std::string remote;
    std::optional<crypto::Certificate> certificate;
};

class Incoming final : public Request {
public:
    // `parser` must have read the header. All arguments except `limits` must outlive this object.
    Incoming(
        Connection& connection, MessageParser& parser, const Peer& peer, const ServerLimits& limits
    );

    // Returns the status with which to refuse this request without calling the handler; 0 = none.
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
    // Returns true if the client still waits for "100 Continue" before it sends the body. Without
    // that, the client will not send the body.
    bool body_held_back() const { return expects_word_ && !parser_.done(); }
    // Returns true if the rest of the body is known to be larger than drain() would read.
    bool too_much_left() const;
    bool done() const { return parser_.done(); }
    // Reads and discards the rest of the body, up to a limit of octets and time. Returns true if
    // the connection may carry another request.
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
    std::uint64_t given_ = 0; // octets of the body that read() has returned
    std::optional<base::Error> failed_;
    std::function<bool()> displace_;
    std::function<bool()> small_client_;
};

} // namespace http
