// SPDX-License-Identifier: Apache-2.0
// The client's side of HTTP. Until the last octet of the request is handed to the kernel, the peer
// cannot have accepted the request. From then on the outcome is unknown until a response arrives.
#include "http/exchange.hpp"

#include "http/outgoing.hpp"
#include "http/parser.hpp"
#include "http/tls_failure.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace http {

namespace {

constexpr int max_interim = 16;
// Gateways in front of a peer add cookies and policies, so a response header may be larger than a
// request header.
constexpr std::size_t max_header = Connection::input_octets - 1;
constexpr base::Duration early_answer = std::chrono::seconds(5);

class Exchange {
public:
    Exchange(
        Connection& connection, ClientRequest& request, const Url& url, const ClientLimits& limits
    )
        : connection_(connection), request_(request), url_(url), limits_(limits)
    {
    }
    asio::awaitable<Attempt> run();

private:
    bool we_close() const;
    const Proxy* proxy() const;
    Outgoing message() const;
    base::Error failure(const error_code& error);
    asio::awaitable<base::Result<>> read_answer();
    asio::awaitable<base::Result<>> read_header();
    asio::awaitable<base::Result<>> read_body();
    asio::awaitable<base::Result<>> more(base::Duration limit);
    base::Result<> take(base::BytesView content, bool to_sink);
    std::string codings() const;
    void finish(Attempt& attempt);

    Connection& connection_;
    ClientRequest& request_;
    const Url& url_;
    const ClientLimits& limits_;
    std::unique_ptr<MessageParser> parser_;
    ClientResponse response_;
    error_code unsent_; // reason why the request was not sent completely
    base::Duration patience_{};
    Clock::time_point until_ = Clock::time_point::max();
    bool answered_ = false;
    bool closed_ = false; // the server closed the connection properly
    bool just_closed_ = false;
};

bool Exchange::we_close() const
{
    return base::iequals(request_.headers.get("Connection").value_or(""), "close");
}

// Returns the proxy that reads the request itself, or null. A proxy reads plain http only: https
// passes through its tunnel encrypted.
const Proxy* Exchange::proxy() const
{
    const auto& to = request_.destination;
    return url_.kind == Url::Kind::http && to ? to->proxy.get() : nullptr;
}

Outgoing Exchange::message() const
{
    Outgoing message;
    // [RFC 9112 3.2.2] A request to a proxy has the absolute URL as its target.
    const auto target = (proxy() ? "http://" + url_.authority() : std::string()) + url_.target;
    message.start = request_.method + " " + target + " HTTP/1.1";
    message.headers = &request_.headers;
    const auto add = [&](const char* name, const std::string& value) {
        if (!request_.headers.get(name)) message.more += std::string(name) + ": " + value + "\r\n";
    };
    add("Host", url_.authority());
    add("User-Agent", limits_.user_agent);
    // [RFC 9110 12.5.3] The client decodes no content coding, so it asks for none.
    add("Accept-Encoding", "identity");
    if (proxy()) message.more += proxy()->authorization();
    if (we_close()) message.more += "Connection: close\r\n";
    message.body = request_.body;
    message.source = request_.source.get();
    const bool bodiless =
        request_.method == "GET" || request_.method == "HEAD" || request_.method == "DELETE";
    if (bodiless && !request_.source && request_.body.empty()) message.kind = Outgoing::Body::none;
    return message;
}

// Chooses the errc of a broken connection by how far the exchange has come.
base::Error Exchange::failure(const error_code& error)
{
    const bool timed_out = error == asio::error::timed_out;
    const bool refused = connection_.refused_us(error);
    just_closed_ = !answered_ && !timed_out && unsent_ != asio::error::timed_out && !refused;
    if (refused) return refused_certificate(connection_, error, url_, *request_.destination);
    if (unsent_) {
        const bool too_slow = unsent_ == asio::error::timed_out;
        return base::Error(
            too_slow ? errc::timeout_before : errc::broken_before, unsent_.message()
        );
    }
    return base::Error(timed_out ? errc::timeout_after : errc::broken_after, error.message());
}

asio::awaitable<Attempt> Exchange::run()
{
    Attempt attempt;
    auto outgoing = message();
    const auto sent = co_await send_message(connection_, std::move(outgoing), limits_.piece);
    response_.sent = sent.body;
    if (sent.source_failed) {
        attempt.answer = base::Error(errc::source_failed, sent.source_failed->text());
        attempt.reusable = !sent.begun;
        co_return attempt;
    }
    unsent_ = sent.broken;
    const auto read = co_await read_answer();
    if (!read && request_.keep_incomplete && !response_.body.empty())
        response_.incomplete = read.error();
    if (!read && !response_.incomplete) {
        attempt.answer = read.error();
        attempt.just_closed = just_closed_;
        co_return attempt;
    }
    finish(attempt);
    co_return attempt;
}

void Exchange::finish(Attempt& attempt)
{
    attempt.reusable = !unsent_ && !response_.incomplete && !we_close() &&
                       parser_->head().keep_alive && connection_.input().empty();
    response_.server = connection_.peer_certificate();
    response_.resumed = connection_.resumed();
    response_.codings = codings();
    attempt.answer = std::move(response_);
}

std::string Exchange::codings() const
{
    const auto content = content_codings(response_.headers);
    const auto& transfer = parser_->head().foreign_codings;
    std::string all;
    if (!content.empty()) all = "Content-Encoding: " + content;
    if (!transfer.empty()) all += (all.empty() ? "" : ", ") + ("Transfer-Encoding: " + transfer);
    return all;
}

asio::awaitable<base::Result<>> Exchange::read_answer()
{
    const auto rate = std::max<std::uint64_t>(limits_.response_min_rate, 1);
    patience_ = limits_.answer + std::chrono::seconds(response_.sent / rate);
    // A server may refuse a request before it has received all of it, for example with 413. Its
    // response has then already arrived, or comes soon.
    if (unsent_) patience_ = std::min(limits_.answer, early_answer);
    until_ = Clock::now() + patience_;
    for (int interim = 0;; ++interim) {
        const auto header = co_await read_header();
        if (!header) co_return header.error();
        const int status = parser_->head().status;
        // [RFC 9110 15.5.8] Only a proxy responds 407, and it has then forwarded nothing.
        if (status == 407 && proxy())
            co_return base::Error(
                errc::proxy_refused, "proxy " + proxy()->name() + " answered 407"
            );
        // [RFC 9110 15] A status above 599 is returned; callers must treat it as a 5xx.
        if (status >= 200) break;
        // [RFC 9110 15.2] Interim responses are skipped. A 101 is an error, because the client
        // never asks to switch protocols.
        if (status == 101 || interim == max_interim)
            co_return base::Error(errc::bad_response, "status " + std::to_string(status));
    }
    co_return co_await read_body();
}

asio::awaitable<base::Result<>> Exchange::read_header()
{
    ParserLimits limits;
    limits.header_bytes = max_header;
    parser_ = response_parser(limits, request_.method == "HEAD");
    for (;;) {
        const auto taken = parser_->header(connection_.input());
        if (!taken) co_return taken.error();
        connection_.consume(*taken);
        if (*taken > 0) break;
        const auto received = co_await more(patience_);
        if (!received) co_return received.error();
    }
    response_.status = parser_->head().status;
    response_.headers = parser_->head().headers;
    co_return base::Result<>();
}

asio::awaitable<base::Result<>> Exchange::more(base::Duration limit)
{
    const auto left = std::chrono::duration_cast<base::Duration>(until_ - Clock::now());
    const auto error =
        co_await connection_.receive(std::max(std::min(limit, left), base::Duration(0)));
    if (error == asio::error::no_buffer_space)
        co_return base::Error(errc::too_large, "chunk header");
    closed_ = error == asio::error::eof;
    if (error) co_return failure(error);
    answered_ = true;
    co_return base::Result<>();
}

base::Result<> Exchange::take(base::BytesView content, bool to_sink)
{
    if (to_sink) return request_.sink(content);
    if (content.size() > limits_.response_bytes - response_.body.size())
        return base::Error(errc::too_large, "answer");
    response_.body += content;
    return {};
}

asio::awaitable<base::Result<>> Exchange::read_body()
{
    const bool to_sink = request_.sink && response_.status < 300;
    // A body that is collected in memory must arrive completely within a time limit. A body for the
    // sink may have any size, so only its pieces have a time limit.
    until_ = to_sink ? Clock::time_point::max() : Clock::now() + limits_.answer;
    if (!to_sink && parser_->head().content_length.value_or(0) > limits_.response_bytes)
        co_return base::Error(errc::too_large, "answer");
    while (!parser_->done()) {
        const auto piece = parser_->body(connection_.input());
        if (!piece) co_return piece.error();
        connection_.consume(piece->consumed);
        if (!piece->content.empty()) {
            const auto taken = take(piece->content, to_sink);
            if (!taken) co_return taken.error();
            continue;
        }
        if (parser_->done()) break;
        const auto received = co_await more(limits_.piece);
        if (received) continue;
        // Only a proper close ends a body without a length. A TLS stream that ends without
        // close_notify was cut off.
        const bool ended = parser_->head().until_closed && closed_;
        if (!ended) co_return received.error();
        co_return parser_->end();
    }
    co_return base::Result<>();
}

} // namespace

asio::awaitable<Attempt>
exchange(Connection& connection, ClientRequest& request, const Url& url, const ClientLimits& limits)
{
    Exchange one(connection, request, url, limits);
    co_return co_await one.run();
}

} // namespace http
