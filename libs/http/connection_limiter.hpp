// SPDX-License-Identifier: Apache-2.0
// Decides which connections of a server get a slot and which are dropped in favour of others: by
// phase, by client address and by client certificate. The class only keeps counters and queues,
// without sockets and clocks. The server carries out the decisions.
//
// A connection waits until its first octet has arrived and a slot is free. A waiting connection is
// cheap, because it has no TLS state. Connections whose address holds the fewest slots go first.
//
// If the server is full, another connection is dropped. Candidates by phase, in this order:
// closing, handshake, header, idle, slow body. A client that holds less than the requesting client
// loses no connection. A body is slow if all bodies of its network together are slow, or if it has
// almost stopped. A connection whose body is complete is never dropped. Therefore the last eighth
// of the slots is reserved for addresses that hold fewer than four.
//
// A network is proven if it has shown a client certificate since the server started. Among clients
// that hold the same number of slots, proven networks go first. The memory for them is bounded.
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
        std::vector<Id> dropped; // to make room for `admitted`
    };

    struct Identified {
        // False: the certificate is at its limit, and this connection is not counted for it.
        bool in_share = true;
        // Connection of the same certificate that was dropped to make room.
        std::optional<Id> dropped;
    };

    ConnectionLimiter(const ServerLimits& limits, bool tls);
    // `unread` tells whether a connection has octets that the server has not read yet. Such octets
    // may complete a request, so the connection is not dropped before they are read.
    void ask_for_unread(std::function<bool(Id)> unread) { unread_ = std::move(unread); }

    // Adds an accepted connection. `network`: client_network() of its address; empty = no limit per
    // address. `progress` must outlive the connection's entry.
    Id arrive(std::string network, const Progress* progress, Time now);
    void set_network(Id id, std::string network); // only while the connection waits
    void ready(Id id, Time now);                  // the first octet has arrived
    void leave(Id id);
    void enter(Id id, Phase phase, Time now);

    // Gives slots to all connections that can have one now, in the order of the queue. The cost
    // grows with the connections that hold a slot, not with the number of networks that wait.
    std::vector<Decision> admit(Time now);
    // Returns the waiting connection to drop if more than waiting_limit() wait, and marks it as
    // dropped.
    std::optional<Id> excess();
    // Counts the connection for a client certificate instead of its previous one. An empty
    // `fingerprint` = no certificate. `subject` is only displayed.
    Identified
    identify(Id id, const std::string& fingerprint, const std::string& subject, Time now);
    // Returns a connection whose body arrives too slowly, and marks it as dropped. A request of
    // `id` can then be read in its place.
    std::optional<Id> slow_body(Id id, Time now);
    // Returns true if the client of `id` is known and small. A client known by address is small if
    // at most four of its connections are in Phase::body. A client known only by certificate is
    // small if it has at most four connections.
    bool has_few_bodies(Id id) const;

    bool has_ready() const { return ready_ > 0; } // connections wait for a slot
    // Returns the limits for which the last admit() denied a slot. Handshake limits are left out
    // until a connection has waited for a second, because handshakes wait in every burst.
    std::vector<Limit> short_of(Time now) const;
    // Returns the limit that keeps this connection waiting. Empty = a slot is available.
    std::optional<Limit> limit_on(Id id) const;
    std::size_t value_of(Limit limit) const;
    std::size_t waiting_limit() const { return 2 * limits_.connections; }
    std::size_t held_by(Id id) const; // slots held by the address of `id`
    Phase phase(Id id) const { return entries_.at(id).phase; }
    ConnectionFigures figures() const;
    // Returns how many connections were examined so far to decide which are admitted or dropped.
    // Tests use the number as a measure of cost.
    std::uint64_t looks() const { return looks_; }

private:
    struct Network;
    struct Certificate;
    struct Entry {
        Id id = 0;
        Phase phase = Phase::waiting;
        bool ready = false;
        bool dropped = false;               // no longer counted anywhere
        Network* network = nullptr;         // never null after arrive()
        Certificate* certificate = nullptr; // null = none
        Time since;                         // start of the phase, or of the wait for a slot
        const Progress* progress = nullptr;
    };
    using Entries = std::map<Id, Entry*>;
    // Connections without an address share one network without a name. Its counters of slots,
    // handshakes and bodies stay 0.
    struct Network {
        std::string name;
        std::size_t entries = 0; // all that refer to this network, including dropped ones
        std::size_t waiting = 0;
        std::size_t admitted = 0;
        std::size_t handshakes = 0;
        std::size_t bodies = 0;
        Entries ready;   // connections that wait for a slot
        Entries holders; // connections that hold a slot
        bool proven = false;
        bool has_limit() const { return !name.empty(); }
    };
    struct Certificate {
        std::string fingerprint;
        std::size_t connections = 0;
        std::string subject;
    };
    // Sort key of a network with connections that wait for a slot: fewest slots held, then proven
    // networks, then the longest wait. The bool is false for a proven network, to sort it first.
    using Position = std::tuple<std::size_t, bool, Id, Network*>;
    using Rates = std::map<const Network*, double>; // of all bodies, in octets a second
    // Set of connections from which a victim is chosen. The first four values correspond to Limit.
    enum class Scope { network, network_handshakes, handshakes, all, certificate, bodies };
    struct Rank;
    struct Room {
        std::optional<Scope> denied; // the scope that is full; empty = there is room
        std::vector<Id> dropped;     // connections to drop to make room
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
    // Names of proven networks in two generations. A full newer generation replaces the older one.
    std::set<std::string> proven_;
    std::set<std::string> proven_before_;
    std::map<std::string, Certificate> certificates_;
    std::set<Position> waiting_networks_;
    Entries holders_;
    std::size_t waiting_ = 0;
    std::size_t ready_ = 0;
    std::size_t handshakes_ = 0;
    mutable std::uint64_t looks_ = 0;
    // By limit: since when the connection has waited that the last admit() denied a slot.
    std::array<std::optional<Time>, limit_kinds> denied_;
    std::array<std::uint64_t, phases> dropped_{};
};

} // namespace http
