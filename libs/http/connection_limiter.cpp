// SPDX-License-Identifier: Apache-2.0
// Counters and queues of the limiter, and the choice of the connection that gets the next slot.
#include "http/connection_limiter.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace http {

namespace {

// The fraction 1/`reserve_part` of the slots is reserved for addresses with fewer than `few` slots.
constexpr std::size_t reserve_part = 8;
constexpr std::size_t few = 4;
constexpr std::size_t few_bodies = 4;
// Size of one generation of proven networks. Two generations are kept.
constexpr std::size_t remembered = 2048;
// One address may hold the fraction 1/`handshake_part` of the handshakes.
constexpr std::size_t handshake_part = 4;

} // namespace

ConnectionLimiter::ConnectionLimiter(const ServerLimits& limits, bool tls)
    : limits_(limits), tls_(tls)
{
}

ConnectionLimiter::Position ConnectionLimiter::position_of(Network& network)
{
    return {network.admitted, !network.proven, network.ready.begin()->first, &network};
}

// Adds (`by` = 1) or removes (`by` = -1) an entry in all counters, lists and the queue. The entry
// must not be dropped.
void ConnectionLimiter::count(Entry& entry, int by)
{
    const auto add = [by](std::size_t& counter) {
        counter += static_cast<std::size_t>(static_cast<std::ptrdiff_t>(by));
    };
    const auto list = [by, &entry](Entries& entries) {
        if (by > 0)
            entries.emplace(entry.id, &entry);
        else
            entries.erase(entry.id);
    };
    const bool waits = entry.phase == Phase::waiting;
    const bool handshake = entry.phase == Phase::handshake;
    auto& network = *entry.network;
    if (!network.ready.empty()) waiting_networks_.erase(position_of(network));
    if (waits) add(waiting_);
    if (waits && entry.ready) add(ready_);
    if (waits && entry.ready) list(network.ready);
    if (!waits) list(network.holders);
    if (!waits) list(holders_);
    if (handshake) add(handshakes_);
    if (network.has_limit()) {
        add(waits ? network.waiting : network.admitted);
        if (handshake) add(network.handshakes);
        if (entry.phase == Phase::body) add(network.bodies);
    }
    if (!network.ready.empty()) waiting_networks_.insert(position_of(network));
}

void ConnectionLimiter::join_network(Entry& entry, std::string name)
{
    auto& network = networks_[name];
    network.name = std::move(name);
    ++network.entries;
    if (proven_.contains(network.name) || proven_before_.contains(network.name))
        network.proven = true;
    entry.network = &network;
}

// Marks a network as proven. An attacker with an IPv6 /48 has 65536 /64 networks, each of which
// holds almost no slots. Proven networks go before such networks.
void ConnectionLimiter::prove(Network& network)
{
    if (!network.has_limit()) return;
    proven_.insert(network.name);
    if (proven_.size() >= remembered) proven_before_ = std::exchange(proven_, {});
    if (network.proven) return;
    if (!network.ready.empty()) waiting_networks_.erase(position_of(network));
    network.proven = true;
    if (!network.ready.empty()) waiting_networks_.insert(position_of(network));
}

void ConnectionLimiter::leave_network(Entry& entry)
{
    if (--entry.network->entries > 0) return;
    const auto found = networks_.find(entry.network->name);
    networks_.erase(found);
}

ConnectionLimiter::Id
ConnectionLimiter::arrive(std::string network, const Progress* progress, Time now)
{
    auto& entry = entries_[++last_];
    entry.id = last_;
    entry.since = now;
    entry.progress = progress;
    join_network(entry, std::move(network));
    count(entry, 1);
    return last_;
}

void ConnectionLimiter::set_network(Id id, std::string network)
{
    auto& entry = entries_.at(id);
    if (!entry.dropped) count(entry, -1);
    leave_network(entry);
    join_network(entry, std::move(network));
    if (!entry.dropped) count(entry, 1);
}

void ConnectionLimiter::ready(Id id, Time now)
{
    auto& entry = entries_.at(id);
    if (entry.dropped || entry.ready) return;
    count(entry, -1);
    entry.ready = true;
    entry.since = now;
    count(entry, 1);
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
    auto* const certificate = std::exchange(entry.certificate, nullptr);
    if (!certificate || --certificate->connections > 0) return;
    const auto found = certificates_.find(certificate->fingerprint);
    certificates_.erase(found);
}

// Takes the slot from the entry at once. The connection itself ends within a few turns of the event
// loop, because it only waits for its client.
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
    leave_network(found->second);
    entries_.erase(found);
}

std::size_t ConnectionLimiter::held_by(Id id) const
{
    return entries_.at(id).network->admitted;
}

std::size_t ConnectionLimiter::value_of(Limit limit) const
{
    switch (limit) {
    case Limit::connections_of_address:
        return limits_.per_address;
    case Limit::handshakes_of_address:
        return std::max<std::size_t>(limits_.handshakes / handshake_part, 1);
    case Limit::handshakes:
        return limits_.handshakes;
    case Limit::connections:
        break;
    }
    return limits_.connections;
}

bool ConnectionLimiter::is_full(Scope scope, const Entry& entry) const
{
    const auto& held = *entry.network;
    const bool counted = held.has_limit();
    switch (scope) {
    case Scope::network:
        return counted && held.admitted >= limits_.per_address;
    case Scope::network_handshakes:
        return tls_ && counted && held.handshakes >= value_of(Limit::handshakes_of_address);
    case Scope::handshakes:
        return tls_ && handshakes_ >= limits_.handshakes;
    case Scope::all: {
        const auto reserve = limits_.connections / reserve_part;
        const auto admitted = holders_.size();
        if (held.admitted >= few && admitted + reserve >= limits_.connections) return true;
        return admitted >= limits_.connections;
    }
    case Scope::certificate:
    case Scope::bodies:
        break;
    }
    return false;
}

ConnectionLimiter::Room ConnectionLimiter::room_for(const Entry& entry, Time now) const
{
    Room room;
    for (const auto scope :
         {Scope::network, Scope::network_handshakes, Scope::handshakes, Scope::all}) {
        if (!is_full(scope, entry)) continue;
        const bool relieved = std::ranges::any_of(room.dropped, [&](Id id) {
            return in_scope(scope, entries_.at(id), entry);
        });
        if (relieved) continue;
        const auto id = victim(scope, entry, now);
        if (!id) return {scope, {}};
        room.dropped.push_back(*id);
    }
    return room;
}

// Walks through the queue once. If the first connection of a network is denied, the walk skips its
// other connections. They would be denied for the same reason.
std::vector<ConnectionLimiter::Decision> ConnectionLimiter::admit(Time now)
{
    std::vector<Decision> decisions;
    denied_ = {};
    // While all handshakes are in use, networks with at least this many handshakes are denied.
    auto hopeless = std::numeric_limits<std::size_t>::max();
    for (auto next = waiting_networks_.begin(); next != waiting_networks_.end();) {
        ++looks_;
        const auto position = *next;
        auto& entry = *std::get<Network*>(position)->ready.begin()->second;
        ++next;
        const auto handshakes = entry.network->handshakes;
        if (is_full(Scope::handshakes, entry) && handshakes >= hopeless) continue;
        auto room = room_for(entry, now);
        if (room.denied) denied_.at(static_cast<std::size_t>(*room.denied)) = entry.since;
        // All networks after this one hold at least as many slots, so they would be denied too. The
        // queue is not ordered by handshakes, so there the walk must go on with `hopeless`.
        if (room.denied == Scope::all) break;
        if (room.denied == Scope::handshakes) hopeless = handshakes;
        if (hopeless == 0) break;
        if (room.denied) continue;
        for (const auto id : room.dropped)
            drop(id);
        enter(entry.id, tls_ ? Phase::handshake : Phase::header, now);
        decisions.push_back({entry.id, std::move(room.dropped)});
        next = waiting_networks_.upper_bound(position); // the queue has changed
    }
    return decisions;
}

ConnectionLimiter::Identified ConnectionLimiter::identify(
    Id id, const std::string& fingerprint, const std::string& subject, Time now
)
{
    auto& entry = entries_.at(id);
    Identified identified;
    const bool known = entry.certificate && entry.certificate->fingerprint == fingerprint;
    if (entry.dropped || known) return identified;
    forget_certificate(entry);
    if (fingerprint.empty()) return identified;
    const auto found = certificates_.find(fingerprint);
    if (found != certificates_.end() && found->second.connections >= limits_.per_certificate) {
        Entry requester = entry;
        requester.certificate = &found->second;
        identified.dropped = victim(Scope::certificate, requester, now);
        identified.in_share = identified.dropped.has_value();
        if (!identified.in_share) return identified;
        drop(*identified.dropped);
    }
    auto& certificate = certificates_[fingerprint];
    certificate.fingerprint = fingerprint;
    certificate.subject = subject;
    ++certificate.connections;
    entry.certificate = &certificate;
    prove(*entry.network);
    return identified;
}

bool ConnectionLimiter::has_few_bodies(Id id) const
{
    const auto& entry = entries_.at(id);
    const bool known = entry.network->has_limit() || entry.certificate;
    return known && weight(Scope::bodies, entry) <= few_bodies;
}

std::optional<ConnectionLimiter::Id> ConnectionLimiter::slow_body(Id id, Time now)
{
    const auto found = victim(Scope::bodies, entries_.at(id), now);
    if (found) drop(*found);
    return found;
}

} // namespace http
