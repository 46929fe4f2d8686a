// SPDX-License-Identifier: Apache-2.0
// The books: which connection is where, and who gets the next place.
#include "http/connection_limiter.hpp"

#include <algorithm>

namespace http {

namespace {

constexpr std::size_t reserve_part = 8;   // of the places is kept for those who
constexpr std::size_t few = 4;            // hold fewer than so many
constexpr std::size_t handshake_part = 4; // of the handshakes may be of one address

} // namespace

ConnectionLimiter::ConnectionLimiter(const ServerLimits& limits, bool tls)
    : limits_(limits), tls_(tls)
{
}

// Keeps all counters in step with one entry, which must not be dropped.
void ConnectionLimiter::count(const Entry& entry, int by)
{
    const auto add = [by](std::size_t& counter) {
        counter += static_cast<std::size_t>(static_cast<std::ptrdiff_t>(by));
    };
    const bool waits = entry.phase == Phase::waiting;
    const bool handshake = entry.phase == Phase::handshake;
    add(waits ? waiting_ : admitted_);
    if (waits && entry.ready) add(ready_);
    if (handshake) add(handshakes_);
    if (entry.network.empty()) return;
    auto& network = networks_[entry.network];
    add(waits ? network.waiting : network.admitted);
    if (handshake) add(network.handshakes);
    if (entry.phase == Phase::body) add(network.bodies);
    if (network.all() == 0) networks_.erase(entry.network);
}

ConnectionLimiter::Id
ConnectionLimiter::arrive(std::string network, const Progress* progress, Time now)
{
    Entry entry;
    entry.id = ++last_;
    entry.network = std::move(network);
    entry.since = now;
    entry.progress = progress;
    count(entry, 1);
    entries_.emplace(entry.id, std::move(entry));
    return last_;
}

void ConnectionLimiter::set_network(Id id, std::string network)
{
    auto& entry = entries_.at(id);
    if (!entry.dropped) count(entry, -1);
    entry.network = std::move(network);
    if (!entry.dropped) count(entry, 1);
}

void ConnectionLimiter::ready(Id id)
{
    auto& entry = entries_.at(id);
    if (entry.dropped || entry.ready) return;
    entry.ready = true;
    ++ready_;
}

void ConnectionLimiter::move(Entry& entry, Phase phase)
{
    if (entry.phase == phase) return;
    if (!entry.dropped) count(entry, -1);
    entry.phase = phase;
    if (!entry.dropped) count(entry, 1);
}

void ConnectionLimiter::enter(Id id, Phase phase, Time now)
{
    auto& entry = entries_.at(id);
    move(entry, phase);
    entry.since = now;
}

void ConnectionLimiter::forget_certificate(Entry& entry)
{
    const auto found = certificates_.find(entry.certificate);
    entry.certificate.clear();
    if (found == certificates_.end() || --found->second.connections > 0) return;
    certificates_.erase(found);
}

// From now on the entry holds no place: what is dropped ends within a few turns of the loop, since
// it only waits for its client.
void ConnectionLimiter::drop(Id id)
{
    auto& entry = entries_.at(id);
    if (entry.dropped) return;
    ++dropped_.at(static_cast<std::size_t>(entry.phase));
    count(entry, -1);
    forget_certificate(entry);
    entry.dropped = true;
}

void ConnectionLimiter::leave(Id id)
{
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    if (!found->second.dropped) {
        count(found->second, -1);
        forget_certificate(found->second);
    }
    entries_.erase(found);
}

ConnectionLimiter::Network ConnectionLimiter::network(const std::string& key) const
{
    const auto found = networks_.find(key);
    return found == networks_.end() ? Network() : found->second;
}

std::size_t ConnectionLimiter::held_by(Id id) const
{
    return network(entries_.at(id).network).admitted;
}

// The address with the fewest places first, then the longest wait.
const ConnectionLimiter::Entry* ConnectionLimiter::next_in_line(const std::set<std::string>& denied
) const
{
    const Entry* next = nullptr;
    std::size_t fewest = 0;
    for (const auto& [id, entry] : entries_) {
        if (entry.dropped || !entry.ready || entry.phase != Phase::waiting) continue;
        if (denied.contains(entry.network)) continue;
        const auto holds = network(entry.network).admitted;
        if (next && holds >= fewest) continue;
        next = &entry;
        fewest = holds;
    }
    return next;
}

bool ConnectionLimiter::is_full(Scope scope, const Entry& entry) const
{
    const auto held = network(entry.network);
    const bool counted = !entry.network.empty();
    switch (scope) {
    case Scope::network:
        return counted && held.admitted >= limits_.per_address;
    case Scope::network_handshakes:
        return tls_ && counted &&
               held.handshakes >= std::max<std::size_t>(limits_.handshakes / handshake_part, 1);
    case Scope::handshakes:
        return tls_ && handshakes_ >= limits_.handshakes;
    case Scope::all: {
        const auto reserve = limits_.connections / reserve_part;
        if (held.admitted >= few && admitted_ + reserve >= limits_.connections) return true;
        return admitted_ >= limits_.connections;
    }
    case Scope::certificate:
    case Scope::bodies:
        break;
    }
    return false;
}

// Connections to drop so that this one can be admitted; nothing if that cannot be.
std::optional<std::vector<ConnectionLimiter::Id>>
ConnectionLimiter::room_for(const Entry& entry, Time now) const
{
    std::vector<Id> dropped;
    for (const auto scope :
         {Scope::network, Scope::network_handshakes, Scope::handshakes, Scope::all}) {
        if (!is_full(scope, entry)) continue;
        const bool relieved = std::ranges::any_of(dropped, [&](Id id) {
            return in_scope(scope, entries_.at(id), entry);
        });
        if (relieved) continue;
        const auto id = victim(scope, entry, now);
        if (!id) return std::nullopt;
        dropped.push_back(*id);
    }
    return dropped;
}

std::optional<ConnectionLimiter::Decision> ConnectionLimiter::admit(Time now)
{
    std::set<std::string> denied;
    while (const auto* const next = next_in_line(denied)) {
        auto dropped = room_for(*next, now);
        if (!dropped) {
            denied.insert(next->network); // its others would be denied for the same reason
            continue;
        }
        for (const auto id : *dropped)
            drop(id);
        enter(next->id, tls_ ? Phase::handshake : Phase::header, now);
        return Decision{next->id, std::move(*dropped)};
    }
    return std::nullopt;
}

ConnectionLimiter::Identified ConnectionLimiter::identify(
    Id id, const std::string& fingerprint, const std::string& subject, Time now
)
{
    auto& entry = entries_.at(id);
    Identified identified;
    if (entry.dropped || entry.certificate == fingerprint) return identified;
    forget_certificate(entry);
    if (fingerprint.empty()) return identified;
    const auto found = certificates_.find(fingerprint);
    if (found != certificates_.end() && found->second.connections >= limits_.per_certificate) {
        Entry requester = entry;
        requester.certificate = fingerprint;
        identified.dropped = victim(Scope::certificate, requester, now);
        identified.in_share = identified.dropped.has_value();
        if (!identified.in_share) return identified;
        drop(*identified.dropped);
    }
    entry.certificate = fingerprint;
    auto& certificate = certificates_[fingerprint];
    ++certificate.connections;
    certificate.subject = subject;
    return identified;
}

std::optional<ConnectionLimiter::Id> ConnectionLimiter::slow_body(Id id, Time now)
{
    const auto found = victim(Scope::bodies, entries_.at(id), now);
    if (found) drop(*found);
    return found;
}

} // namespace http
