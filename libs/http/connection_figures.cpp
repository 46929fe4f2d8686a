// SPDX-License-Identifier: Apache-2.0
// Figures on the connections of a server, for operators.
#include "http/connection_limiter.hpp"

namespace http {

namespace {

constexpr Clock::duration handshake_patience = std::chrono::seconds(1);

std::size_t index(Phase phase)
{
    return static_cast<std::size_t>(phase);
}

bool is_of_handshakes(Limit limit)
{
    return limit == Limit::handshakes || limit == Limit::handshakes_of_address;
}

} // namespace

std::string_view to_text(Phase phase)
{
    constexpr std::array<std::string_view, phases> names = {"waiting", "handshake", "header",
                                                            "idle",    "body",      "answer",
                                                            "closing"};
    return names.at(index(phase));
}

std::string_view key_of(Limit limit)
{
    constexpr std::array<std::string_view, limit_kinds> keys = {
        "max_connections_per_address", "max_handshakes", "max_handshakes", "max_connections"
    };
    return keys.at(static_cast<std::size_t>(limit));
}

std::vector<Limit> ConnectionLimiter::short_of(Time now) const
{
    std::vector<Limit> all;
    for (std::size_t i = 0; i < denied_.size(); ++i) {
        const auto limit = static_cast<Limit>(i);
        if (!denied_.at(i)) continue;
        if (is_of_handshakes(limit) && now - *denied_.at(i) < handshake_patience) continue;
        all.push_back(limit);
    }
    return all;
}

std::optional<Limit> ConnectionLimiter::limit_on(Id id) const
{
    for (std::size_t i = 0; i < limit_kinds; ++i)
        if (is_full(static_cast<Scope>(i), entries_.at(id))) return static_cast<Limit>(i);
    return std::nullopt;
}

ConnectionFigures ConnectionLimiter::figures() const
{
    ConnectionFigures figures;
    for (const auto& [id, entry] : entries_) {
        if (entry.dropped) continue;
        const bool works = entry.phase == Phase::body && !entry.progress->waiting_since;
        ++figures.now.at(index(works ? Phase::answer : entry.phase));
        // The server is full for this connection also if the last slots are free but reserved for
        // other clients.
        const bool waits = entry.ready && entry.phase == Phase::waiting;
        if (waits && is_full(Scope::all, entry)) figures.full = true;
    }
    figures.dropped = dropped_;
    figures.limit = limits_.connections;
    for (const auto& [key, network] : networks_) {
        if (network.admitted <= figures.of_address) continue;
        figures.of_address = network.admitted;
        figures.busiest_address = key;
    }
    for (const auto& [key, certificate] : certificates_) {
        if (certificate.connections <= figures.of_certificate) continue;
        figures.of_certificate = certificate.connections;
        figures.busiest_certificate = certificate.subject;
    }
    figures.address_at_share = figures.of_address >= limits_.per_address;
    figures.certificate_at_share = figures.of_certificate >= limits_.per_certificate;
    return figures;
}

} // namespace http
