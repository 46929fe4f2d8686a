// SPDX-License-Identifier: Apache-2.0
// A request that stops in the middle of its body until the test lets it go.
#pragma once

#include "support/exchange.hpp"
#include "support/scripted_request.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace support {

namespace asio = boost::asio;

class HeldRequest final : public http::Request {
public:
    HeldRequest(asio::io_context& io, const HttpBody& body, std::size_t until)
        : inner_("POST", "/as4", body.octets.substr(0, until)), rest_(body.octets.substr(until)),
          gate_(io)
    {
        inner_.fields.set("Content-Type", body.content_type);
        gate_.expires_at(asio::steady_timer::time_point::max());
    }
    // Goes on, or ends where it is.
    void release(bool whole)
    {
        if (!whole) rest_.clear();
        held_ = false;
        gate_.cancel();
    }
    bool waits() const { return waits_; }
    bool displace_slow_request() override { return displace && displace(); }
    bool is_of_small_client() const override { return of_small_client; }

    std::function<bool()> displace;
    bool of_small_client = false; // see ScriptedRequest

    const std::string& method() const override { return inner_.method(); }
    const std::string& path() const override { return inner_.path(); }
    std::optional<std::string> query(std::string_view name) const override
    {
        return inner_.query(name);
    }
    const http::Headers& headers() const override { return inner_.headers(); }
    const std::optional<crypto::Certificate>& client_certificate() const override
    {
        return inner_.client_certificate();
    }
    const std::string& remote() const override { return inner_.remote(); }
    std::optional<std::uint64_t> content_length() const override { return std::nullopt; }
    asio::awaitable<base::Result<std::optional<base::BytesView>>> read() override
    {
        using Piece = std::optional<base::BytesView>;
        auto piece = co_await inner_.read();
        if (!piece || piece->has_value()) co_return piece;
        waits_ = true;
        constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
        while (held_)
            co_await gate_.async_wait(as_result);
        if (rest_.empty()) co_return Piece();
        given_ = std::exchange(rest_, {});
        co_return Piece(given_);
    }

private:
    ScriptedRequest inner_;
    base::Bytes rest_;
    base::Bytes given_;
    asio::steady_timer gate_;
    bool held_ = true;
    bool waits_ = false;
};

} // namespace support
