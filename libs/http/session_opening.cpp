// SPDX-License-Identifier: Apache-2.0
// A connection up to its first request: the proxy's preamble, the wait for a slot, TLS, and the
// limit per client certificate.
#include "http/session.hpp"

#include "base/log_bounded.hpp"
#include "base/units.hpp"
#include "http/proxy_protocol.hpp"
#include "http/tls_failure.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t linger_octets = 1024 * 1024;
constexpr base::Duration linger_limit = std::chrono::seconds(5);

} // namespace

Session::Session(std::shared_ptr<Service> service, Socket socket)
    : service_(std::move(service)), connection_(std::move(socket)),
      handling_(connection_.executor(), [this] { exchange_limit_passed(); }),
      idle_since_(Clock::now()), slot_timer_(connection_.executor())
{
    peer_.remote = connection_.remote();
    const auto address = connection_.remote_address();
    by_proxy_ = service_->front && address && service_->front->proxies.contains(address->address());
    // A listed proxy has no limit per address, because it holds connections for all its clients.
    const bool limited = address && !by_proxy_;
    auto network = limited ? client_network(address->address()) : std::string();
    id_ = service_->limiter.arrive(std::move(network), &connection_.progress(), Clock::now());
}

// Calls admit() after a handshake has ended, because the next handshake can then begin.
void Session::enter(Phase phase)
{
    auto& limiter = service_->limiter;
    const bool was_handshake = limiter.phase(id_) == Phase::handshake;
    limiter.enter(id_, phase, Clock::now());
    if (was_handshake && limiter.has_ready()) service_->admit();
}

void Session::admitted()
{
    admitted_ = true;
    slot_timer_.cancel();
}

asio::awaitable<void> Session::linger(After after)
{
    if (after != After::goodbye) co_return;
    enter(Phase::closing);
    co_await connection_.linger(linger_octets, linger_limit);
}

// Reads the PROXY preamble. Returns false if the connection must be closed, because its octets
// could impersonate another client: it is not from a listed proxy, or has no valid preamble.
asio::awaitable<bool> Session::preamble()
{
    if (!service_->front || !service_->front->proxy_protocol) co_return true;
    const auto until = Clock::now() + service_->limits.handshake;
    std::string reason = "not a listed proxy";
    while (by_proxy_) {
        const auto read = read_preamble(connection_.input());
        if (read && read->missing == 0) {
            connection_.consume(read->size);
            if (read->client) {
                peer_.remote = to_text(*read->client);
                service_->limiter.set_network(id_, client_network(read->client->address()));
            }
            co_return true;
        }
        reason = read ? "no PROXY preamble" : read.error().detail;
        if (!read) break;
        const auto left = std::chrono::duration_cast<base::Duration>(until - Clock::now());
        // Read no octet beyond the preamble: the next octets may belong to a TLS handshake.
        const auto limit = std::max(left, base::Duration(0));
        const auto error = co_await connection_.receive(limit, read->missing);
        if (error) break;
    }
    base::log_bounded(
        base::Level::info, "connection_refused", {{"remote", peer_.remote}, {"reason", reason}}
    );
    co_return false;
}

// Waits for the client's first octet, and then for a slot. Until then the connection costs only a
// descriptor and little memory, and nothing is lost if it is dropped.
asio::awaitable<bool> Session::acquire_slot()
{
    const auto& limits = service_->limits;
    const auto silence = service_->tls ? limits.handshake : limits.idle;
    const auto error = co_await connection_.wait_for_input(silence);
    if (error) co_return false;
    service_->limiter.ready(id_, Clock::now());
    service_->admit();
    slot_timer_.expires_after(limits.piece);
    co_await slot_timer_.async_wait(as_result);
    if (admitted_ || cancelled_) co_return admitted_;
    ++service_->refused;
    const auto limit = service_->limiter.limit_on(id_).value_or(Limit::connections);
    const auto key = service_->name + "." + std::string(key_of(limit));
    base::log_bounded(
        base::Level::warning, "connection_refused",
        {{"door", service_->name},
         {"remote", peer_.remote},
         {"reason", "no slot became free within " + base::to_text(limits.piece) + ": limit " + key},
         {"held_by_address", std::to_string(service_->limiter.held_by(id_))},
         {"act", "operator: if this client is yours, raise " + key}}
    );
    co_return false;
}

asio::awaitable<bool> Session::handshake()
{
    if (!service_->tls) co_return true;
    const auto error = co_await connection_.accept_tls(*service_->tls, service_->limits.handshake);
    if (error) {
        base::log_bounded(
            base::Level::info, "tls_refused",
            {{"remote", peer_.remote}, {"reason", tls_failure(connection_, error)}}
        );
        // Linger, so that no reset overtakes the alert that tells the client the reason.
        co_await linger(After::goodbye);
        co_return false;
    }
    enter(Phase::header);
    peer_.certificate = connection_.peer_certificate();
    if (is_told() || within_share(peer_.certificate)) co_return true;
    // Respond before the request arrives, so that the connection holds no slot until then.
    const Head none;
    const auto after = co_await refuse(none, 503);
    co_await linger(after);
    co_return false;
}

// Returns true if client certificates on this connection come from a header, one for each request.
bool Session::is_told() const
{
    return by_proxy_ && !service_->front->certificate_header.empty();
}

bool Session::within_share(const std::optional<crypto::Certificate>& certificate)
{
    const auto fingerprint = certificate ? certificate->fingerprint() : base::Bytes();
    const auto subject = certificate ? certificate->subject() : std::string();
    const auto counted = service_->limiter.identify(id_, fingerprint, subject, Clock::now());
    if (counted.dropped) service_->drop(*counted.dropped);
    if (counted.in_share) return true;
    ++service_->refused_certificates;
    base::log_bounded(
        base::Level::warning, "client_refused",
        {{"door", service_->name},
         {"remote", peer_.remote},
         {"certificate", subject},
         {"reason", "503: the certificate holds all of its " +
                        std::to_string(service_->limits.per_certificate) + " connections"},
         {"act", "operator: raise " + service_->name +
                     ".max_connections_per_certificate if this client needs more"}}
    );
    return false;
}

} // namespace http
