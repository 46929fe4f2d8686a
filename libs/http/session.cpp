// SPDX-License-Identifier: Apache-2.0
// The steps of an exchange: header, handler, response, rest of the body. The session closes the
// connection if client and server could disagree about where the next message begins.
#include "http/session.hpp"

#include "base/log_bounded.hpp"
#include "http/outgoing.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace http {

namespace {

constexpr std::string_view retry_after = "1"; // seconds

std::string date()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return std::string(text.data(), size);
}

Outgoing outgoing(const Head& head, const Response& response, bool close)
{
    Outgoing message;
    message.start =
        "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason(response.status));
    message.headers = &response.headers;
    if (!response.headers.get("Date"))
        message.more = "Date: " + date() + "\r\n"; // [RFC 9110 6.6.1]
    if (close) message.more += "Connection: close\r\n";
    message.body = response.body;
    message.source = response.source.get();
    message.chunks = head.version >= 11;
    if (head.method == "HEAD") message.kind = Outgoing::Body::announced;
    if (response.status == 204 || response.status == 304) message.kind = Outgoing::Body::none;
    return message;
}

// Returns the response status for a refused header.
int status_of(const base::Error& refused)
{
    return refused.code == errc::too_large ? 431 : 400;
}

bool is_fault_of_client(const base::Error& error)
{
    return error.code == errc::bad_request || error.code == errc::closed;
}

} // namespace

// Extends the time limit by the octets that were moved, so that a large message may use a slow
// line. A client below the minimum rate still reaches the limit.
void Session::exchange_limit_passed()
{
    const auto& limits = service_->limits;
    const auto moved = connection_.moved() - moved_before_;
    const auto earned = std::chrono::seconds(moved / std::max<std::uint64_t>(limits.min_rate, 1));
    const auto until = begun_ + limits.handling + earned;
    const auto left = std::chrono::duration_cast<base::Duration>(until - Clock::now());
    if (left > base::Duration(0)) return handling_.set(left);
    base::log_bounded(base::Level::warning, "exchange_too_long", {{"remote", peer_.remote}});
    cancel();
}

void Session::cancel()
{
    if (cancelled_) return;
    cancelled_ = true;
    connection_.close();
    signal_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self)
{
    bool ready = co_await self->preamble();
    if (ready) ready = co_await self->acquire_slot();
    if (ready) ready = co_await self->handshake();
    auto after = ready ? After::next : After::gone;
    while (after == After::next)
        after = co_await self->exchange();
    self->idle_since_ = Clock::now(); // nothing is lost if the session is cancelled from here on
    co_await self->linger(after);
    self->connection_.close();
}

asio::awaitable<Session::Arrival> Session::read_header(MessageParser& parser)
{
    idle_since_ = Clock::now();
    if (served_) enter(Phase::idle);
    auto until = *idle_since_ + service_->limits.idle;
    bool begun = false;
    for (;;) {
        // Empty lines do not start a request, because some clients send one after a body.
        if (!begun && connection_.input().find_first_not_of("\r\n") != base::BytesView::npos) {
            begun = true;
            idle_since_.reset();
            if (served_) enter(Phase::header);
            // The whole header must arrive within this time, in however many pieces.
            until = Clock::now() + service_->limits.piece;
        }
        const auto taken = parser.header(connection_.input());
        if (!taken) {
            refused_ = taken.error();
            co_return Arrival::refused;
        }
        connection_.consume(*taken);
        if (*taken > 0) co_return Arrival::complete;
        const auto left = std::chrono::duration_cast<base::Duration>(until - Clock::now());
        const auto error = co_await connection_.receive(std::max(left, base::Duration(0)));
        if (error == asio::error::timed_out && begun) co_return Arrival::late;
        if (error) co_return Arrival::gone;
    }
}

asio::awaitable<Session::After> Session::exchange()
{
    ParserLimits limits;
    limits.header_bytes = std::min(service_->limits.header_bytes, Connection::input_octets - 1);
    limits.body_bytes = service_->limits.body_bytes;
    const auto parser = request_parser(limits);
    const auto arrival = co_await read_header(*parser);
    const auto& head = parser->head();
    switch (arrival) {
    case Arrival::gone:
        co_return After::gone;
    case Arrival::late:
        co_return co_await refuse(head, 408);
    case Arrival::refused:
        co_return co_await refuse(head, status_of(refused_), refused_.detail);
    case Arrival::complete:
        break;
    }
    const auto client = client_of(head);
    if (!client) {
        base::log_bounded(
            base::Level::info, "client_refused",
            {{"remote", peer_.remote}, {"reason", client.error().text()}}
        );
        const int status = client.error().code == errc::bad_request ? 400 : 403;
        co_return co_await refuse(head, status);
    }
    if (is_told() && !within_share(client->certificate)) co_return co_await refuse(head, 503);
    Incoming request(connection_, *parser, *client, service_->limits);
    if (request.refusal() != 0)
        co_return co_await refuse(head, request.refusal(), head.foreign_codings);
    request.displace_by([this] { return displace_slow_request(); });
    request.small_client_by([this] { return service_->limiter.has_few_bodies(id_); });
    enter(Phase::body);
    connection_.restart_progress();

    begun_ = Clock::now();
    moved_before_ = connection_.moved();
    handling_.set(service_->limits.handling);
    auto response = co_await ask_handler(request);
    // A malformed or incomplete body is the client's fault, so the client gets 400, whatever the
    // handler returned.
    if (request.failed() && is_fault_of_client(*request.failed()) && response.status != 400)
        response = plain(400, "text/plain", request.failed()->text() + "\n");
    // HTTP/1.0 clients must reconnect for each request.
    const bool close = response.close || service_->stopping || !head.keep_alive ||
                       head.version < 11 || request.failed() || request.body_held_back() ||
                       request.too_much_left();
    enter(Phase::answer);
    const bool sent = co_await respond(head, response, close);
    if (!sent) co_return After::gone;
    bool clean = false;
    // The response is sent, so nothing is lost if this connection is dropped before the rest of the
    // body arrives.
    if (!close && !request.done()) enter(Phase::closing);
    if (!close) clean = co_await request.drain();
    handling_.clear();
    served_ = true;
    // The next request may come from another client of the proxy.
    if (is_told()) within_share(std::nullopt);
    co_return clean ? After::next : After::goodbye;
}

// Returns the client of a request. Each request from a proxy may come from another client. If a
// certificate header is configured, the certificate in the proxy's own handshake never identifies a
// client. The header is ignored unless a listed proxy sends it.
base::Result<Peer> Session::client_of(const Head& head) const
{
    Peer client = peer_;
    const auto& front = service_->front;
    if (!front || front->certificate_header.empty()) return client;
    if (by_proxy_) {
        auto told = front->told(head.headers, base::now());
        if (!told) return told.error();
        client.certificate = std::move(*told);
    }
    if (!client.certificate && front->client == ClientCertificate::required)
        return base::Error(errc::not_identified);
    return client;
}

bool Session::displace_slow_request()
{
    const auto slow = service_->limiter.slow_body(id_, Clock::now());
    if (slow) service_->drop(*slow);
    return slow.has_value();
}

asio::awaitable<Response> Session::ask_handler(Incoming& request)
{
    std::string failure;
    try {
        co_return co_await service_->handler(request);
    } catch (const std::exception& error) {
        // The cancellation is not the handler's fault, and no client waits for a response.
        if (cancelled_) throw;
        failure = error.what();
    }
    base::log(
        base::Level::error, "handler_failed",
        {{"method", request.method()}, {"path", request.path()}, {"reason", failure}}
    );
    co_return plain(500, "text/plain", "internal error\n");
}

// Returns false if the client cannot have received the whole response.
asio::awaitable<bool> Session::respond(const Head& head, Response& response, bool close)
{
    auto message = outgoing(head, response, close);
    const auto sent =
        co_await send_message(connection_, std::move(message), service_->limits.piece);
    if (sent.whole()) co_return true;
    if (sent.broken) {
        base::log(
            base::Level::debug, "response_unsent",
            {{"remote", peer_.remote}, {"reason", sent.broken.message()}}
        );
        co_return false;
    }
    base::log(
        base::Level::error, "response_failed",
        {{"path", head.target}, {"reason", sent.source_failed->text()}}
    );
    if (sent.begun) co_return false;
    response = plain(500, "text/plain", "internal error\n");
    auto failure = outgoing(head, response, close);
    const auto told =
        co_await send_message(connection_, std::move(failure), service_->limits.piece);
    co_return told.whole();
}

asio::awaitable<Session::After> Session::refuse(const Head& head, int status, std::string why)
{
    base::log_bounded(
        base::Level::info, "request_refused",
        {{"remote", peer_.remote}, {"status", std::to_string(status)}, {"reason", why}}
    );
    if (!why.empty()) why = ": " + why;
    enter(Phase::answer);
    auto response = plain(status, "text/plain", std::string(reason(status)) + why + "\n");
    if (status == 503) response.headers.set("Retry-After", std::string(retry_after));
    const bool sent = co_await respond(head, response, true);
    if (!sent) co_return After::gone;
    co_return After::goodbye;
}

} // namespace http
