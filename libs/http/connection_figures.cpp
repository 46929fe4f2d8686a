// SPDX-License-Identifier: Apache-2.0
// The connections of a server in figures, for operators.
#include "http/connection_limiter.hpp"

namespace http {

namespace {

std::size_t index(Phase phase)
{
    return static_cast<std::size_t>(phase);
}

} // namespace

std::string_view to_text(Phase phase)
{
    constexpr std::array<std::string_view, phases> names = {
        "waiting", "handshake", "header", "idle", "body", "answer", "closing"};
    return names.at(index(phase));
}

ConnectionFigures ConnectionLimiter::figures() const
{
    ConnectionFigures figures;
    for (const auto& [id, entry] : entries_) {
        if (entry.dropped) continue;
        const bool works = entry.phase == Phase::body && !entry.progress->waiting_since;
        ++figures.now.at(index(works ? Phase::answer : entry.phase));
        // Also if the last places are free, but kept for others.
        const bool waits = entry.ready && entry.phase == Phase::waiting;
        if (waits && is_full(Scope::all, entry)) figures.full = true;
    }
    figures.dropped = dropped_;
    figures.limit = limits_.connections;
    for (const auto& [key, network] : networks_) {
        if (network.admitted <= figures.of_address) continue;
        figures.of_address = network.admitted;
        figures.most_address = key;
    }
    for (const auto& [key, certificate] : certificates_) {
        if (certificate.connections <= figures.of_certificate) continue;
        figures.of_certificate = certificate.connections;
        figures.most_certificate = certificate.subject;
    }
    return figures;
}

} // namespace http
