// SPDX-License-Identifier: Apache-2.0
// Decides which connections of a server get a place and which are dropped for others: by phase, by
// client address and by client certificate. Plain bookkeeping without sockets and clocks; the
// server carries the decisions out.
//
// A connection waits (cheaply, without TLS state) until its first octet has come and a place is
// free. Connections whose address holds the fewest places go first. If the server is full, a place
// is taken from another connection in this order: handshake, header, idle, slow body; never from a
// client that holds less than the one that wants in. A body is slow if all bodies of its network
// together are, or if next to nothing comes. A connection whose body is complete is never dropped,
// so the last eighth of the places is kept for addresses that hold fewer than four.
//
// Among clients that hold as much, those are preferred whose network has brought a client
// certificate since the server began, as far as it is remembered.
#pragma once

#include "http/progress.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace http {

class ConnectionLimiter {
public:
    using Id = std::uint64_t; // in order of arrival
    using Time = Clock::time_point;
    struct Decision {
        Id admitted;
        std::vector<Id> dropped; // to make room for it
    };

    struct Identified {
        bool in_share = true; // false: the certificate is at its share, and this is not counted
        std::optional<Id> dropped; // a connection of the same certificate, to make room
    };

    ConnectionLimiter(const ServerLimits& limits, bool tls);
    // `unread` tells whether octets of a connection have arrived that have not been read. They may
    // complete its request, so it is not dropped before the server has read them.
    void ask_for_unread(std::function<bool(Id)> unread) { unread_ = std::move(unread); }

    // A connection has been accepted. `network`: client_network() of its address; empty = without
    // limit per address. `progress` outlives the connection's entry.
    Id arrive(std::string network, const Progress* progress, Time now);
    void set_network(Id id, std::string network); // while it waits
    void ready(Id id, Time now);                  // its first octet has come
    void leave(Id id);
    void enter(Id id, Phase phase, Time now);

    // Gives places to all connections that can have one now, in the order of the line. The effort
    // grows with the connections that hold a place, not with the number of networks that wait.
    std::vector<Decision> admit(Time now);
    // The waiting connection to drop, if more wait than `waiting_limit()`.
    std::optional<Id> excess();
    // Counts the connection for a client certificate instead of the one before (empty = none).
    // `subject` is for people.
    Identified
    identify(Id id, const std::string& fingerprint, const std::string& subject, Time now);
    // The connection to drop so that a request of `id` can be read instead: one whose body comes
    // too slowly.
    std::optional<Id> slow_body(Id id, Time now);
    // Whether the client of `id` is known and has at most four bodies under way.
    bool has_few_bodies(Id id) const;

    bool has_ready() const { return ready_ > 0; } // some wait for a place
    // Returns the limits for which the last admit() denied a place. Handshake limits are left out
    // until a connection has waited for a second, because handshakes wait in every burst.
    std::vector<Limit> short_of(Time now) const;
    // Returns the limit that keeps this connection waiting. Nothing: it could have a place.
    std::optional<Limit> limit_on(Id id) const;
    std::size_t value_of(Limit limit) const;
    std::size_t waiting_limit() const { return 2 * limits_.connections; }
    std::size_t held_by(Id id) const; // places, by the address of this connection
    Phase phase(Id id) const { return entries_.at(id).phase; }
    ConnectionFigures figures() const;
    // Connections looked at so far to decide who is admitted or dropped: the cost, for tests.
    std::uint64_t looks() const { return looks_; }

private:
    struct Network;
    struct Certificate;
    struct Entry {
        Id id = 0;
        Phase phase = Phase::waiting;
        bool ready = false;
        bool dropped = false;               // counted nowhere any more
        Network* network = nullptr;         // never null after arrive()
        Certificate* certificate = nullptr; // null: none
        Time since;                         // of the phase
        const Progress* progress = nullptr;
    };
    using Entries = std::map<Id, Entry*>;
    // Connections without an address share the network without a name, whose counters stay 0.
    struct Network {
        std::string name;
        std::size_t entries = 0; // that refer to it, with those that are dropped
        std::size_t waiting = 0;
        std::size_t admitted = 0;
        std::size_t handshakes = 0;
        std::size_t bodies = 0;
        Entries ready;   // they wait for a place
        Entries holders; // they have a place
        bool proven = false;
        bool has_limit() const { return !name.empty(); }
    };
    struct Certificate {
        std::string fingerprint;
        std::size_t connections = 0;
        std::string subject;
    };
    // Networks with connections that wait for a place: the fewest places first, then those that are
    // proven, then the longest wait. The second is false for a proven network.
    using Position = std::tuple<std::size_t, bool, Id, Network*>;
    using Rates = std::map<const Network*, double>; // of bodies, in octets a second
    // Among which connections a victim is looked for. The first four are the kinds of Limit.
    enum class Scope { network, network_handshakes, handshakes, all, certificate, bodies };
    struct Rank;
    struct Room {
        std::optional<Scope> denied; // what was full; nothing: there is room
        std::vector<Id> dropped;     // to make it
    };

    static Position position_of(Network& network);
    Room room_for(const Entry& entry, Time now) const;
    bool is_full(Scope scope, const Entry& entry) const;
    static bool in_scope(Scope scope, const Entry& one, const Entry& requester);
    std::size_t weight(Scope scope, const Entry& entry) const;
    bool may_be_dropped(const Entry& entry, Time now, bool greedy, const Rates& rates) const;
    bool is_slow(const Entry& entry, Time now, Clock::duration min, const Rates& rates) const;
    std::optional<Id> victim(Scope scope, const Entry& requester, Time now) const;
    bool may_be_complete(const Entry& entry) const;
    void drop(Id id);
    void move(Entry& entry, Phase phase);
    const Entries& candidates(Scope scope, const Entry& requester) const;
    void count(Entry& entry, int by);
    void join_network(Entry& entry, std::string name);
    void leave_network(Entry& entry);
    void prove(Network& network);
    void forget_certificate(Entry& entry);

    ServerLimits limits_;
    bool tls_;
    std::function<bool(Id)> unread_ = [](Id) { return false; };
    Id last_ = 0;
    std::map<Id, Entry> entries_;
    std::map<std::string, Network> networks_;
    // Networks that brought a client certificate: the latest, and those before them.
    std::set<std::string> proven_;
    std::set<std::string> proven_before_;
    std::map<std::string, Certificate> certificates_;
    std::set<Position> waiting_networks_;
    Entries holders_;
    std::size_t waiting_ = 0;
    std::size_t ready_ = 0;
    std::size_t handshakes_ = 0;
    mutable std::uint64_t looks_ = 0;
    std::array<std::optional<Time>, limit_kinds> denied_; // since when the one denied has waited
    std::array<std::uint64_t, phases> dropped_{};
};

} // namespace http
