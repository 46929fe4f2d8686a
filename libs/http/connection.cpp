// SPDX-License-Identifier: Apache-2.0
// Connection on sockets and ssl::stream. Only this file instantiates TLS streams, because that
// takes long to compile.
#include "http/connection.hpp"

#include "http/address.hpp"
#include "http/tls.hpp"
#include "http/tls_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

} // namespace

struct Connection::Tls {
    Tls(Socket& socket, asio::ssl::context& context) : stream(socket, context) {}
    asio::ssl::stream<Socket&> stream;
};

Connection::Connection(Socket socket)
    : socket_(std::move(socket)), deadline_(socket_.get_executor(), [this] {
          timed_out_ = true;
          error_code ignored;
          socket_.cancel(ignored);
      })
{
}

Connection::~Connection() = default;

char* Connection::buffer()
{
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(input_octets);
    return buffer_.get();
}

void Connection::begin(base::Duration limit)
{
    timed_out_ = false;
    deadline_.set(limit);
}

error_code Connection::finish(error_code error)
{
    deadline_.clear();
    if (error && timed_out_) return asio::error::timed_out;
    return error;
}

// Makes the handshake store the reason of a refusal in refusal_. The certificate is verified as the
// context demands. A non-empty `host` is also checked against the server's name [RFC 6125]. The
// callback may capture `this`, because tls_ owns it.
void Connection::explain_refusals(std::string host)
{
    const auto verify = [this, host = std::move(host)](bool chain, asio::ssl::verify_context& at) {
        const bool accepted =
            host.empty() ? chain : asio::ssl::host_name_verification(host)(chain, at);
        if (!accepted) refusal_ = refusal_of(at.native_handle(), chain, host, base::now());
        return accepted;
    };
    refusal_.reset();
    tls_->stream.set_verify_callback(verify);
}

asio::awaitable<error_code>
Connection::accept_tls(asio::ssl::context& context, base::Duration limit)
{
    tls_ = std::make_unique<Tls>(socket_, context);
    explain_refusals({});
    begin(limit);
    auto [error] = co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, as_result);
    co_return finish(error);
}

asio::awaitable<error_code> Connection::start_tls(
    asio::ssl::context& context, std::string host, std::string origin, base::Duration limit
)
{
    tls_ = std::make_unique<Tls>(socket_, context);
    error_code error = name_server(tls_->stream.native_handle(), host);
    if (error) co_return error;
    explain_refusals(host);
    offered_ = offer_session(tls_->stream.native_handle(), origin + " " + host, base::now());
    answered_ = false; // octets from a proxy before this point are no response of the server
    begin(limit);
    std::tie(error) =
        co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, as_result);
    co_return finish(error);
}

bool Connection::forget_session()
{
    if (tls_) forget_sessions(tls_->stream.native_handle());
    return offered_;
}

bool Connection::resumed() const
{
    return tls_ && is_resumed(tls_->stream.native_handle());
}

bool Connection::refused_us(const error_code& error) const
{
    return tls_ && refuses_client(tls_->stream.native_handle(), error, answered_);
}

std::optional<crypto::Certificate> Connection::own_certificate() const
{
    if (!tls_) return std::nullopt;
    return http::own_certificate(tls_->stream.native_handle());
}

asio::awaitable<error_code> Connection::send(base::BytesView octets, base::Duration limit)
{
    while (!octets.empty()) {
        const auto part = asio::buffer(octets.data(), octets.size());
        error_code error;
        std::size_t sent = 0;
        begin(limit);
        if (tls_)
            std::tie(error, sent) = co_await tls_->stream.async_write_some(part, as_result);
        else
            std::tie(error, sent) = co_await socket_.async_write_some(part, as_result);
        error = finish(error);
        if (error) co_return error;
        octets.remove_prefix(sent);
        moved_ += sent;
    }
    co_return error_code();
}

asio::awaitable<error_code> Connection::receive(base::Duration limit, std::size_t max)
{
    if (begin_ > 0) {
        std::memmove(buffer(), buffer() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == input_octets) co_return asio::error::no_buffer_space;
    const auto room = asio::buffer(buffer() + end_, std::min(input_octets - end_, max));
    error_code error;
    std::size_t received = 0;
    begin(limit);
    progress_.waiting_since = Clock::now();
    if (tls_)
        std::tie(error, received) = co_await tls_->stream.async_read_some(room, as_result);
    else
        std::tie(error, received) = co_await socket_.async_read_some(room, as_result);
    progress_.waited += Clock::now() - *progress_.waiting_since;
    progress_.waiting_since.reset();
    progress_.octets += received;
    end_ += received;
    moved_ += received;
    answered_ = answered_ || received > 0;
    co_return finish(error);
}

asio::awaitable<error_code> Connection::wait_for_input(base::Duration limit)
{
    begin(limit);
    auto [failed] = co_await socket_.async_wait(asio::socket_base::wait_read, as_result);
    const auto error = finish(failed);
    if (error) co_return error;
    char octet = 0;
    const auto got = ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0) co_return asio::error::eof;
    if (got > 0 || errno == EAGAIN || errno == EWOULDBLOCK) co_return error_code();
    co_return error_code(errno, boost::system::system_category());
}

base::BytesView Connection::input() const
{
    if (!buffer_) return {};
    return base::BytesView(buffer_.get() + begin_, end_ - begin_);
}

void Connection::consume(std::size_t octets)
{
    begin_ += octets;
    if (begin_ == end_) begin_ = end_ = 0;
}

// Reads from the raw socket, below TLS, because the octets are dropped anyway.
asio::awaitable<void> Connection::discard(std::size_t max)
{
    const auto whole = asio::buffer(buffer(), input_octets);
    while (max > 0) {
        auto [error, received] = co_await socket_.async_read_some(whole, as_result);
        if (error) break;
        max -= std::min(max, received);
    }
}

asio::awaitable<void> Connection::linger(std::size_t max, base::Duration limit)
{
    begin(limit);
    begin_ = end_ = 0;
    if (tls_) {
        auto [error] = co_await tls_->stream.async_shutdown(as_result);
        // After success the peer has sent close_notify, and after a timeout no time is left. After
        // any other error the peer may still be sending, so its octets must be discarded.
        if (!error || timed_out_) max = 0;
    }
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    if (max > 0) co_await discard(max);
    close();
}

void Connection::close()
{
    deadline_.stop();
    error_code ignored;
    socket_.close(ignored);
}

void Connection::rest()
{
    deadline_.stop();
}

bool Connection::quiet() const
{
    if (!socket_.is_open() || begin_ != end_) return false;
    char octet = 0;
    const auto got =
        ::recv(const_cast<Socket&>(socket_).native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Connection::has_unread() const
{
    if (!socket_.is_open()) return false;
    char octet = 0;
    auto& socket = const_cast<Socket&>(socket_);
    return ::recv(socket.native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

std::optional<crypto::Certificate> Connection::peer_certificate() const
{
    if (!tls_) return std::nullopt;
    return certificate_of_peer(tls_->stream.native_handle());
}

std::optional<asio::ip::tcp::endpoint> Connection::remote_address() const
{
    error_code error;
    const auto endpoint = socket_.remote_endpoint(error);
    if (error) return std::nullopt;
    const int family = endpoint.data()->sa_family;
    asio::ip::tcp::endpoint address;
    if ((family != AF_INET && family != AF_INET6) || endpoint.size() > address.capacity())
        return std::nullopt;
    std::memcpy(address.data(), endpoint.data(), endpoint.size());
    address.resize(endpoint.size());
    return address;
}

std::string Connection::remote() const
{
    const auto address = remote_address();
    if (address) return to_text(*address);
    error_code error;
    (void)socket_.remote_endpoint(error);
    return error ? "unknown" : "unix";
}

} // namespace http
