// SPDX-License-Identifier: Apache-2.0
// Choice of the connection that is dropped in favour of another one.
#include "http/connection_limiter.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace http {

namespace {

using namespace std::chrono_literals;

// Minimum time in a phase before a connection may be dropped. A handshake and a header need several
// network round trips.
constexpr Clock::duration grace = 1s;
constexpr Clock::duration body_grace = 5s;
// Shorter grace for the client that holds most of the scarce resource, if the requesting client
// holds at least two less. A flood can fill every slot again each second. With the normal grace it
// would keep a small client out for that second.
constexpr Clock::duration greedy_grace = 100ms;
// A reset right after our last octets could delete them at the client: many systems discard even
// octets that have already arrived.
constexpr Clock::duration greedy_closing_grace = 250ms;
// A body needs longer to show its rate, because TCP starts slowly if round trips are long.
constexpr Clock::duration greedy_body_grace = 2s;
// Minimum time for a rate. The first octets of a body arrive all at once and would look too fast.
constexpr Clock::duration min_measured = 1s;

Clock::duration waited_for(const Progress& progress, Clock::time_point now)
{
    if (!progress.waiting_since) return progress.waited;
    return progress.waited + (now - *progress.waiting_since);
}

// Returns octets per second of waiting time.
double rate_of(const Progress& progress, Clock::time_point now)
{
    const auto waited = std::max(waited_for(progress, now), min_measured);
    return static_cast<double>(progress.octets) / std::chrono::duration<double>(waited).count();
}

} // namespace

// Sort key of a candidate. The candidate with the smallest key is dropped first.
struct ConnectionLimiter::Rank {
    int order = 0;              // by phase
    std::size_t not_weight = 0; // 0 for the address or certificate that holds most
    std::uint64_t octets = 0;   // received of a body: the smallest loss first
    Time since;                 // the oldest first
    Id id = 0;
    auto key() const { return std::tie(order, not_weight, octets, since, id); }
};

bool ConnectionLimiter::in_scope(Scope scope, const Entry& one, const Entry& requester)
{
    if (one.phase == Phase::waiting) return false;
    switch (scope) {
    case Scope::network:
        return one.network == requester.network;
    case Scope::network_handshakes:
        return one.phase == Phase::handshake && one.network == requester.network;
    case Scope::handshakes:
        return one.phase == Phase::handshake;
    case Scope::all:
        return true;
    case Scope::certificate:
        return one.certificate == requester.certificate;
    case Scope::bodies:
        return one.phase == Phase::body;
    }
    return false;
}

// Returns how much of the scarce resource the client of `entry` holds.
std::size_t ConnectionLimiter::weight(Scope scope, const Entry& entry) const
{
    const auto& held = *entry.network;
    const bool of_handshakes = scope == Scope::handshakes || scope == Scope::network_handshakes;
    if (of_handshakes) return held.handshakes;
    if (scope == Scope::bodies && held.has_limit()) return held.bodies;
    const auto certified = entry.certificate ? entry.certificate->connections : 0;
    return std::max(held.admitted, certified);
}

// Returns a superset of the connections in the scope.
const ConnectionLimiter::Entries&
ConnectionLimiter::candidates(Scope scope, const Entry& requester) const
{
    const bool own = scope == Scope::network || scope == Scope::network_handshakes;
    return own ? requester.network->holders : holders_;
}

// The uploads of a network share its bandwidth, so only the sum of their rates shows whether the
// network is slow. A body below slow_body() is slow in any case. Otherwise one fast upload could
// protect any number of stalled bodies.
bool ConnectionLimiter::is_slow(
    const Entry& entry, Time now, Clock::duration min, const Rates& rates
) const
{
    const auto& progress = *entry.progress;
    // The server is not waiting for octets: the body is complete, or the server itself is slow.
    if (!progress.waiting_since) return false;
    if (waited_for(progress, now) < min) return false;
    const auto own = rate_of(progress, now);
    if (own < static_cast<double>(limits_.slow_body())) return true;
    const auto sum = entry.network->has_limit() ? rates.at(entry.network) : own;
    return sum < static_cast<double>(limits_.slow_network());
}

bool ConnectionLimiter::may_be_dropped(
    const Entry& entry, Time now, bool greedy, const Rates& rates
) const
{
    const auto age = now - entry.since;
    switch (entry.phase) {
    case Phase::closing:
        return age >= (greedy ? greedy_closing_grace : grace);
    case Phase::handshake:
    case Phase::header:
        return age >= (greedy ? greedy_grace : grace);
    case Phase::idle: {
        const Clock::duration spare = limits_.idle_when_full;
        return age >= (greedy ? std::min(greedy_grace, spare) : spare);
    }
    case Phase::body:
        return is_slow(entry, now, greedy ? greedy_body_grace : body_grace, rates);
    case Phase::waiting:
    case Phase::answer:
        break;
    }
    return false;
}

// After a stall of the server, a client can look slow although its octets arrived long ago. The
// socket then has unread octets.
bool ConnectionLimiter::may_be_complete(const Entry& entry) const
{
    const bool of_request =
        entry.phase == Phase::header || entry.phase == Phase::idle || entry.phase == Phase::body;
    return of_request && unread_(entry.id);
}

std::optional<ConnectionLimiter::Id>
ConnectionLimiter::victim(Scope scope, const Entry& requester, Time now) const
{
    const auto own = weight(scope, requester);
    const auto& entries = candidates(scope, requester);
    const bool within_one_client = scope == Scope::network || scope == Scope::network_handshakes ||
                                   scope == Scope::certificate;
    std::size_t max = 0;
    Rates rates;
    for (const auto& [id, entry] : entries) {
        ++looks_;
        if (entry->phase == Phase::body) rates[entry->network] += rate_of(*entry->progress, now);
        if (in_scope(scope, *entry, requester)) max = std::max(max, weight(scope, *entry));
    }
    std::vector<std::pair<Rank, const Entry*>> ranked;
    for (const auto& [id, entry] : entries) {
        ++looks_;
        if (id == requester.id || !in_scope(scope, *entry, requester)) continue;
        const auto holds = weight(scope, *entry);
        if (holds < own && !within_one_client) continue;
        const bool greedy = holds == max && holds > own + 1;
        if (!may_be_dropped(*entry, now, greedy, rates)) continue;
        // The enumerators have the order of dropping, except `closing`, which is dropped first.
        const int order = entry->phase == Phase::closing ? 0 : static_cast<int>(entry->phase);
        const auto octets = entry->phase == Phase::body ? entry->progress->octets : 0;
        const Rank rank{order, max - std::min(max, holds), octets, entry->since, id};
        ranked.emplace_back(rank, entry);
    }
    // The check of a candidate's socket costs a system call, so check the best candidate first.
    const auto later = [](const auto& a, const auto& b) { return b.first.key() < a.first.key(); };
    std::ranges::make_heap(ranked, later);
    while (!ranked.empty()) {
        const auto& best = *ranked.front().second;
        if (!may_be_complete(best)) return best.id;
        std::ranges::pop_heap(ranked, later);
        ranked.pop_back();
    }
    return std::nullopt;
}

// Chooses among the addresses with the most waiting connections, unproven networks first. Among
// their connections, takes the oldest that has sent nothing. If all have sent something, takes the
// youngest, because it has waited least.
std::optional<ConnectionLimiter::Id> ConnectionLimiter::excess()
{
    if (waiting_ <= waiting_limit()) return std::nullopt;
    const Entry* worst = nullptr;
    std::size_t max = 0;
    for (const auto& [id, entry] : entries_) {
        if (entry.dropped || entry.phase != Phase::waiting) continue;
        const auto wait = std::max<std::size_t>(entry.network->waiting, 1);
        const bool stranger = worst && worst->network->proven && !entry.network->proven;
        const bool known = worst && !worst->network->proven && entry.network->proven;
        const bool more = !worst || wait > max || (wait == max && stranger);
        const bool same = worst && wait == max && !stranger && !known;
        const bool silent = same && !entry.ready && worst->ready;
        const bool younger = same && entry.ready && worst->ready;
        if (!more && !silent && !younger) continue;
        worst = &entry;
        max = wait;
    }
    if (!worst) return std::nullopt;
    const auto id = worst->id;
    drop(id);
    return id;
}

} // namespace http
