// SPDX-License-Identifier: Apache-2.0
// Sessions through OpenSSL's callbacks, and queries on the SSL object of a connection.
#include "http/tls_session.hpp"

#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <memory>

namespace http {

namespace {

constexpr std::size_t kept_per_peer = 8;
constexpr std::size_t kept_peers = 128;

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

struct Kept {
    Session session{nullptr, SSL_SESSION_free};
    base::Time until;
};

// Data attached to an SSL_CTX.
struct Resumption {
    base::Duration limit{};
    std::map<std::string, std::deque<Kept>> kept; // client only: by peer, oldest first
};

// Data attached to the SSL object of a client's connection.
struct Offer {
    std::string peer;
    std::optional<base::Time> until; // expiry of the offered session
    bool accepted = false;           // a ticket has arrived: the server accepted our handshake
};

template <class Value> void free_value(void*, void* value, CRYPTO_EX_DATA*, int, long, void*)
{
    delete static_cast<Value*>(value);
}

int context_index()
{
    static const int index =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, nullptr, nullptr, free_value<Resumption>);
    return index;
}

int connection_index()
{
    static const int index =
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, free_value<Offer>);
    return index;
}

Resumption* resumption_of(SSL_CTX* context)
{
    return static_cast<Resumption*>(SSL_CTX_get_ex_data(context, context_index()));
}

Offer* offer_of(SSL* tls)
{
    return static_cast<Offer*>(SSL_get_ex_data(tls, connection_index()));
}

Resumption* attach(SSL_CTX* context, base::Duration limit)
{
    auto made = std::make_unique<Resumption>();
    made->limit = limit;
    if (SSL_CTX_set_ex_data(context, context_index(), made.get()) != 1) return nullptr;
    return made.release(); // the context frees it
}

// Returns the time at which the chain verified in this handshake expires, or `otherwise` if that is
// earlier. Returns `now` if a certificate's expiry cannot be read.
base::Time end_of_chain(SSL* tls, base::Time now, base::Time otherwise)
{
    const auto* chain = SSL_get0_verified_chain(tls);
    for (int i = 0; chain && i < sk_X509_num(chain); ++i) {
        int days = 0;
        int seconds = 0;
        const auto* end = X509_get0_notAfter(sk_X509_value(chain, i));
        if (ASN1_TIME_diff(&days, &seconds, nullptr, end) != 1) return now;
        const auto left = std::chrono::hours(24) * days + std::chrono::seconds(seconds);
        otherwise = std::min(otherwise, now + left);
    }
    return otherwise;
}

// Server: OpenSSL calls this when it makes a ticket. The ticket stores the expiry of the full
// handshake's result. A resumed session passes this expiry on to its next ticket.
int ticket_made(SSL* tls, void* resumption)
{
    if (SSL_session_reused(tls)) return 1;
    const auto now = base::now();
    const auto limit = static_cast<const Resumption*>(resumption)->limit;
    const auto until = std::to_string(base::to_millis(end_of_chain(tls, now, now + limit)));
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(tls), until.data(), until.size());
}

bool still_holds(SSL_SESSION* session)
{
    void* octets = nullptr;
    std::size_t size = 0;
    if (SSL_SESSION_get0_ticket_appdata(session, &octets, &size) != 1 || !octets) return false;
    const auto* const text = static_cast<const char*>(octets);
    std::int64_t until = 0;
    const auto [end, bad] = std::from_chars(text, text + size, until);
    return bad == std::errc() && end == text + size && base::to_millis(base::now()) < until;
}

SSL_TICKET_RETURN
ticket_came(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t, SSL_TICKET_STATUS status, void*)
{
    const bool read = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
    if (!read || !still_holds(session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

// Client: OpenSSL calls this when a session or ticket arrives.
int session_came(SSL* tls, SSL_SESSION* session)
{
    auto* resumption = resumption_of(SSL_get_SSL_CTX(tls));
    auto* offer = offer_of(tls);
    if (!resumption || !offer) return 0;
    offer->accepted = true;
    const auto now = base::now();
    Kept one;
    one.until = SSL_session_reused(tls) && offer->until
                    ? *offer->until
                    : end_of_chain(tls, now, now + resumption->limit);
    const auto hint = SSL_SESSION_get_ticket_lifetime_hint(session);
    if (hint > 0) one.until = std::min(one.until, now + std::chrono::seconds(hint));
    // Keep a copy, because OpenSSL invalidates the session of a connection that ends without
    // close_notify.
    one.session.reset(SSL_SESSION_dup(session));
    if (!one.session) return 0;
    auto& kept = resumption->kept;
    if (kept.size() >= kept_peers && !kept.contains(offer->peer)) kept.erase(kept.begin());
    auto& of_peer = kept[offer->peer];
    if (of_peer.size() >= kept_per_peer) of_peer.pop_front();
    of_peer.push_back(std::move(one));
    return 0; // 0 = this function keeps no reference to `session`
}

// Returns the youngest valid session with that peer. A TLS 1.2 session also stays in `resumption`,
// because it may be used again.
Kept take(Resumption& resumption, const std::string& peer, base::Time now)
{
    Kept taken;
    const auto found = resumption.kept.find(peer);
    if (found == resumption.kept.end()) return taken;
    auto& of_peer = found->second;
    std::erase_if(of_peer, [&](const Kept& kept) {
        return kept.until <= now || SSL_SESSION_is_resumable(kept.session.get()) != 1;
    });
    if (of_peer.empty()) {
        resumption.kept.erase(found);
        return taken;
    }
    auto& youngest = of_peer.back();
    if (SSL_SESSION_get_protocol_version(youngest.session.get()) >= TLS1_3_VERSION) {
        taken = std::move(youngest);
        of_peer.pop_back();
        return taken;
    }
    taken.session.reset(SSL_SESSION_dup(youngest.session.get()));
    taken.until = youngest.until;
    return taken;
}

// Returns the standard number of the alert that the peer sent; empty if the error is no alert.
std::optional<int> alert_of(const boost::system::error_code& error)
{
    if (error.category() != boost::asio::error::get_ssl_category()) return std::nullopt;
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason < SSL_AD_REASON_OFFSET) return std::nullopt;
    return reason - SSL_AD_REASON_OFFSET;
}

} // namespace

void resume_sessions_of_clients(SSL_CTX* context, base::Duration limit)
{
    // The server stores no sessions: the client sends its session back in the encrypted ticket.
    SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, nullptr);
    auto* resumption = limit > base::Duration(0) ? attach(context, limit) : nullptr;
    if (!resumption) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
        return;
    }
    SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(limit).count());
    SSL_CTX_set_session_ticket_cb(context, ticket_made, ticket_came, resumption);
}

void keep_sessions(SSL_CTX* context, base::Duration limit)
{
    auto mode = SSL_SESS_CACHE_OFF;
    if (limit > base::Duration(0) && attach(context, limit)) {
        mode = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL;
        SSL_CTX_sess_set_new_cb(context, session_came);
    }
    SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, mode, nullptr);
}

bool offer_session(SSL* tls, const std::string& peer, base::Time now)
{
    auto* resumption = resumption_of(SSL_get_SSL_CTX(tls));
    if (!resumption) return false;
    auto offer = std::make_unique<Offer>();
    offer->peer = peer;
    auto* const kept_offer = offer.get();
    if (SSL_set_ex_data(tls, connection_index(), offer.get()) != 1) return false;
    offer.release(); // the connection frees it
    const auto kept = take(*resumption, peer, now);
    if (!kept.session || SSL_set_session(tls, kept.session.get()) != 1) return false;
    kept_offer->until = kept.until;
    return true;
}

void forget_sessions(SSL* tls)
{
    auto* resumption = resumption_of(SSL_get_SSL_CTX(tls));
    const auto* offer = offer_of(tls);
    if (resumption && offer) resumption->kept.erase(offer->peer);
}

bool is_resumed(SSL* tls)
{
    return SSL_session_reused(tls) == 1;
}

std::optional<crypto::Certificate> certificate_of_peer(SSL* tls)
{
    X509* peer = SSL_get0_peer_certificate(tls);
    if (!peer) return std::nullopt;
    unsigned char* octets = nullptr;
    const int size = i2d_X509(peer, &octets);
    if (size <= 0) return std::nullopt;
    const base::Bytes der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
    auto certificate = crypto::Certificate::from_der(der);
    if (!certificate) return std::nullopt;
    return *certificate;
}

bool refuses_client(SSL* tls, const boost::system::error_code& error, bool answered)
{
    const auto alert = alert_of(error);
    if (!alert || answered) return false;
    // After our side of the handshake, only a TLS 1.3 server can still refuse our certificate. A
    // ticket shows that the server has accepted it.
    const bool finished = SSL_is_init_finished(tls) == 1;
    const auto* offer = offer_of(tls);
    if (finished && (SSL_version(tls) < TLS1_3_VERSION || (offer && offer->accepted))) return false;
    // A server also sends this alert if there is no common suite, but before our last flight.
    if (*alert == SSL_AD_HANDSHAKE_FAILURE)
        return finished || SSL_get_state(tls) == TLS_ST_CW_FINISHED;
    constexpr std::array alerts = {
        SSL_AD_NO_CERTIFICATE,      SSL_AD_BAD_CERTIFICATE,     SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,
        SSL_AD_UNKNOWN_CA,          SSL_AD_ACCESS_DENIED,       SSL_AD_DECRYPT_ERROR,
        SSL_AD_CERTIFICATE_REQUIRED
    };
    return std::find(alerts.begin(), alerts.end(), *alert) != alerts.end();
}

} // namespace http
