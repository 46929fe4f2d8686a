// SPDX-License-Identifier: Apache-2.0
// A door with limited connections, without sockets, at times of the test's choice.
#pragma once

#include "http/connection_limiter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace limited_door {

using namespace std::chrono_literals;
using http::ConnectionLimiter;
using http::Phase;
using Id = ConnectionLimiter::Id;

struct Door {
    explicit Door(const http::ServerLimits& limits, bool tls = true) : limiter(limits, tls) {}

    // Accepted, silent.
    Id arrive(const std::string& network)
    {
        return limiter.arrive(network, &progress.emplace_back(), now);
    }
    Id speak(const std::string& network)
    {
        const auto id = arrive(network);
        limiter.ready(id, now);
        return id;
    }
    // The only one that gets in now, if any does.
    std::optional<ConnectionLimiter::Decision> admit()
    {
        const auto decisions = limiter.admit(now);
        REQUIRE(decisions.size() <= 1);
        if (decisions.empty()) return std::nullopt;
        return decisions.front();
    }
    // With a place, in that phase; for one with TLS that is after its handshake.
    Id place(const std::string& network, Phase phase)
    {
        const auto id = speak(network);
        const auto decision = admit();
        REQUIRE(decision);
        REQUIRE(decision->admitted == id);
        REQUIRE(decision->dropped.empty());
        limiter.enter(id, phase, now);
        return id;
    }
    std::vector<Id> places(std::size_t count, const std::string& network, Phase phase)
    {
        std::vector<Id> ids;
        while (ids.size() < count)
            ids.push_back(place(network, phase));
        return ids;
    }
    // The only one dropped for the one that wants in; 0 = it does not get in.
    Id dropped_for(const std::string& network)
    {
        const auto id = speak(network);
        const auto decision = admit();
        if (!decision) return 0;
        CHECK(decision->admitted == id);
        REQUIRE(decision->dropped.size() == 1);
        return decision->dropped.front();
    }
    // The body of a request has come at so many octets a second for so long.
    void receive(Id id, std::uint64_t rate, std::chrono::seconds waited)
    {
        auto& one = progress.at(id - 1);
        one.octets = rate * static_cast<std::uint64_t>(waited.count());
        one.waited = waited;
        one.waiting_since = now;
    }
    std::size_t count(Phase phase) const
    {
        return limiter.figures().now.at(static_cast<std::size_t>(phase));
    }
    std::uint64_t dropped(Phase phase) const
    {
        return limiter.figures().dropped.at(static_cast<std::size_t>(phase));
    }

    ConnectionLimiter limiter;
    std::deque<http::Progress> progress; // of connection 1, 2, …
    ConnectionLimiter::Time now{1h};
};

inline http::ServerLimits limits_of(std::size_t connections)
{
    http::ServerLimits limits;
    limits.connections = connections;
    limits.handshakes = 4 * connections; // so that they limit nothing
    return limits;
}

inline std::string address(std::size_t n)
{
    return "192.0.2." + std::to_string(n);
}

// One of many, all different.
inline std::string network(std::size_t n)
{
    return "2001:db8:0:" + std::to_string(n) + "::/64";
}

} // namespace limited_door
