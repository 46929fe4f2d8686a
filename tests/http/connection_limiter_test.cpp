// SPDX-License-Identifier: Apache-2.0
// Who gets a place and who is dropped for whom, without sockets, at times of the test's choice.
#include "http/connection_limiter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <set>

using namespace std::chrono_literals;
using http::ConnectionLimiter;
using http::Phase;
using Id = ConnectionLimiter::Id;

namespace {

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

http::ServerLimits limits_of(std::size_t connections)
{
    http::ServerLimits limits;
    limits.connections = connections;
    limits.handshakes = 4 * connections; // so that they limit nothing
    return limits;
}

std::string address(std::size_t n)
{
    return "192.0.2." + std::to_string(n);
}

// One of many, all different.
std::string network(std::size_t n)
{
    return "2001:db8:0:" + std::to_string(n) + "::/64";
}

} // namespace

TEST_CASE("a full server drops by phase: handshake, header, idle, slow body", "[http]")
{
    Door door(limits_of(5));
    const auto answer = door.place(address(1), Phase::answer);
    const auto body = door.place(address(2), Phase::body);
    const auto idle = door.place(address(3), Phase::idle);
    const auto header = door.place(address(4), Phase::header);
    const auto handshake = door.place(address(5), Phase::handshake);
    door.receive(body, 100, 10s);
    door.now += 10s;
    CHECK(door.dropped_for(address(11)) == handshake);
    door.limiter.enter(6, Phase::answer, door.now);
    CHECK(door.dropped_for(address(12)) == header);
    door.limiter.enter(7, Phase::answer, door.now);
    CHECK(door.dropped_for(address(13)) == idle);
    door.limiter.enter(8, Phase::answer, door.now);
    CHECK(door.dropped_for(address(14)) == body);
    door.limiter.enter(9, Phase::answer, door.now);
    CHECK(door.dropped_for(address(15)) == 0);
    CHECK(door.count(Phase::answer) == 5);
    CHECK(door.count(Phase::waiting) == 1);
    CHECK(door.limiter.figures().full);
    for (const auto phase : {Phase::handshake, Phase::header, Phase::idle, Phase::body})
        CHECK(door.dropped(phase) == 1);
    CHECK(door.dropped(Phase::answer) == 0);
    door.limiter.leave(answer);
    CHECK(door.admit()->admitted == 10);
}

TEST_CASE("a connection that takes its leave is dropped before all others", "[http]")
{
    Door door(limits_of(2));
    door.place(address(1), Phase::handshake);
    door.now += 1s;
    const auto closing = door.place(address(2), Phase::closing);
    door.now += 1s;
    CHECK(door.dropped_for(address(3)) == closing);
}

TEST_CASE("a connection that takes its leave is left time for its last octets", "[http]")
{
    Door door(limits_of(4));
    const bool greedy = GENERATE(false, true);
    for (std::size_t n = 1; n <= 4; ++n)
        door.place(greedy ? "198.51.100.1" : address(n), Phase::closing);
    door.now += 249ms;
    CHECK(door.dropped_for(address(9)) == 0);
    door.now += 1ms;
    CHECK(door.admit().has_value() == greedy);
    if (greedy) return;
    door.now += 749ms;
    CHECK_FALSE(door.admit());
    door.now += 1ms;
    CHECK(door.admit()->dropped == std::vector<Id>{1});
}

TEST_CASE("within a phase the address with most connections goes first, then the oldest", "[http]")
{
    const auto phase = GENERATE(Phase::handshake, Phase::header, Phase::idle, Phase::body);
    Door door(limits_of(6));
    door.place(address(1), phase); // the oldest
    door.now += 10s;
    const auto many = door.places(3, address(2), phase);
    door.now += 1s;
    door.places(2, address(3), phase);
    for (Id id = 1; id <= 6; ++id)
        door.receive(id, 0, 10s);
    door.now += 10s;
    CHECK(door.dropped_for(address(4)) == many.front());
    door.limiter.enter(7, Phase::answer, door.now);
    CHECK(door.dropped_for(address(5)) == many.at(1)); // two addresses hold two
}

TEST_CASE("a certificate weighs as an address does", "[http]")
{
    Door door(limits_of(4));
    door.place(address(1), Phase::header);
    std::vector<Id> ids;
    for (std::size_t n = 2; n <= 4; ++n) {
        ids.push_back(door.place(address(n), Phase::header));
        CHECK(door.limiter.identify(ids.back(), "f", "CN=F", door.now).in_share);
    }
    door.now += 2s;
    CHECK(door.dropped_for(address(5)) == ids.front());
    CHECK(door.limiter.figures().most_certificate == "CN=F");
    CHECK(door.limiter.figures().of_certificate == 2);
}

TEST_CASE("handshakes and headers are left some time, unless their address holds most", "[http]")
{
    const auto phase = GENERATE(Phase::handshake, Phase::header);
    Door door(limits_of(4));
    const bool greedy = GENERATE(false, true);
    for (std::size_t n = 1; n <= 4; ++n)
        door.place(greedy ? "198.51.100.1" : address(n), phase);
    door.now += 99ms;
    CHECK(door.dropped_for(address(9)) == 0);
    door.now += 1ms;
    CHECK(door.admit().has_value() == greedy);
    if (greedy) return;
    door.now += 899ms;
    CHECK_FALSE(door.admit());
    door.now += 1ms;
    CHECK(door.admit()->dropped == std::vector<Id>{1});
}

TEST_CASE("an idle connection is left its time, a body is judged by what was waited for", "[http]")
{
    auto limits = limits_of(2);
    limits.least_rate = 16'000; // so that a network is slow below 1000 octets a second
    Door door(limits);
    const auto idle = door.place(address(1), Phase::idle);
    const auto body = door.place(address(2), Phase::body);
    SECTION("idle")
    {
        door.now += 1999ms;
        CHECK(door.dropped_for(address(3)) == 0);
        door.now += 1ms;
        CHECK(door.admit()->dropped == std::vector<Id>{idle});
    }
    SECTION("a body at the minimum rate")
    {
        door.limiter.enter(idle, Phase::answer, door.now);
        door.receive(body, 1000, 60s);
        CHECK(door.dropped_for(address(3)) == 0);
        door.receive(body, 999, 60s);
        CHECK(door.admit()->dropped == std::vector<Id>{body});
    }
    SECTION("a body that has only begun")
    {
        door.limiter.enter(idle, Phase::answer, door.now);
        door.receive(body, 1, 4s);
        CHECK(door.dropped_for(address(3)) == 0);
        door.now += 1s; // in one wait that lasts
        CHECK(door.admit()->dropped == std::vector<Id>{body});
    }
    SECTION("a body that is complete, or that we do not read on, is never dropped")
    {
        door.limiter.enter(idle, Phase::answer, door.now);
        door.receive(body, 1, 60s);
        door.progress.at(body - 1).waiting_since.reset();
        door.now += 1h;
        CHECK(door.dropped_for(address(3)) == 0);
        CHECK(door.count(Phase::body) == 0);
        CHECK(door.count(Phase::answer) == 2);
    }
}

TEST_CASE("an address at its share waits while others get in", "[http]")
{
    auto limits = limits_of(8);
    limits.per_address = 3;
    Door door(limits);
    const auto held = door.places(3, address(1), Phase::answer);
    const auto more = door.speak(address(1));
    CHECK_FALSE(door.admit());
    door.place(address(2), Phase::answer);
    door.place("", Phase::answer); // listed proxies and Unix sockets have no share
    door.limiter.leave(held.front());
    CHECK(door.admit()->admitted == more);
}

TEST_CASE("an address at its share gets a place from its own slow connections only", "[http]")
{
    auto limits = limits_of(8);
    limits.per_address = 3;
    Door door(limits);
    door.place(address(2), Phase::header);
    const auto own = door.places(3, address(1), Phase::header);
    door.now += 999ms;
    CHECK(door.dropped_for(address(1)) == 0);
    door.now += 1ms;
    CHECK(door.admit()->dropped == std::vector<Id>{own.front()});
}

TEST_CASE("connections without an address have no share", "[http]")
{
    auto limits = limits_of(16);
    limits.per_address = 1;
    limits.handshakes = 16;
    Door door(limits);
    door.places(16, "", Phase::handshake);
    CHECK(door.limiter.figures().of_address == 0);
}

TEST_CASE("the last eighth is for addresses that hold few, whatever fills the rest", "[http]")
{
    Door door(limits_of(16));
    door.places(14, address(1), Phase::answer);
    CHECK_FALSE(door.limiter.figures().full);
    door.speak(address(1));
    CHECK_FALSE(door.admit());
    CHECK(door.limiter.figures().full); // as far as that address goes
    door.place(address(2), Phase::answer);
    door.place(address(2), Phase::answer);
    CHECK(door.dropped_for(address(3)) == 0);
}

TEST_CASE("handshakes at once are limited, for all and for one address", "[http]")
{
    auto limits = limits_of(64);
    limits.handshakes = 8;
    Door door(limits);
    const auto first = door.places(2, address(1), Phase::handshake);
    const auto third = door.speak(address(1)); // more than a quarter
    CHECK_FALSE(door.admit());
    door.limiter.enter(first.front(), Phase::header, door.now);
    CHECK(door.admit()->admitted == third);
    for (std::size_t n = 2; n <= 7; ++n)
        door.place(address(n), Phase::handshake);
    CHECK(door.dropped_for(address(8)) == 0);
    door.now += 100ms; // address 1 holds most of the handshakes
    CHECK(door.admit()->dropped == std::vector<Id>{first.back()});
    CHECK(door.count(Phase::handshake) == 8);
    Door plain(limits, false);
    plain.places(20, address(1), Phase::header); // there are none without TLS
}

TEST_CASE("the address with the fewest places goes first, then the longest wait", "[http]")
{
    auto limits = limits_of(8);
    Door door(limits);
    auto held = door.places(5, address(1), Phase::answer);
    door.place(address(2), Phase::answer);
    door.place(address(3), Phase::answer);
    door.place(address(4), Phase::answer);
    const auto late = door.speak(address(1));
    const auto later = door.speak(address(2));
    const auto first = door.speak(address(9));
    const auto second = door.speak(address(8));
    const auto silent = door.arrive(address(10));
    for (const auto expected : {first, second, later, late}) {
        CHECK_FALSE(door.admit());
        door.limiter.leave(held.back());
        held.pop_back();
        CHECK(door.admit()->admitted == expected);
        door.limiter.enter(expected, Phase::answer, door.now);
    }
    CHECK_FALSE(door.limiter.has_ready());
    CHECK(door.count(Phase::waiting) == 1);
    door.limiter.leave(silent);
}

TEST_CASE("a certificate at its share is refused, or displaces a slow one of its own", "[http]")
{
    auto limits = limits_of(8);
    limits.per_certificate = 2;
    Door door(limits);
    const auto slow = door.place(address(1), Phase::header);
    const auto busy = door.place(address(2), Phase::answer);
    CHECK(door.limiter.identify(slow, "f", "CN=F", door.now).in_share);
    CHECK(door.limiter.identify(busy, "f", "CN=F", door.now).in_share);
    const auto third = door.place(address(3), Phase::header);
    CHECK_FALSE(door.limiter.identify(third, "f", "CN=F", door.now).in_share);
    CHECK(door.limiter.identify(third, "g", "CN=G", door.now).in_share);
    door.now += 1s;
    const auto counted = door.limiter.identify(third, "f", "CN=F", door.now);
    CHECK(counted.in_share);
    CHECK(counted.dropped == slow);
    door.limiter.enter(third, Phase::answer, door.now);
    const auto fourth = door.place(address(4), Phase::header);
    door.now += 1h;
    CHECK_FALSE(door.limiter.identify(fourth, "f", "CN=F", door.now).in_share);
    door.limiter.leave(busy);
    CHECK(door.limiter.identify(fourth, "f", "CN=F", door.now).in_share);
}

TEST_CASE("a connection that a proxy uses for several clients counts for one at a time", "[http]")
{
    auto limits = limits_of(8);
    limits.per_certificate = 1;
    Door door(limits, false);
    const auto proxy = door.place("", Phase::body);
    const auto other = door.place("", Phase::body);
    CHECK(door.limiter.identify(proxy, "f", "CN=F", door.now).in_share);
    CHECK_FALSE(door.limiter.identify(other, "f", "CN=F", door.now).in_share);
    CHECK(door.limiter.identify(proxy, "", "", door.now).in_share); // its request is answered
    CHECK(door.limiter.identify(other, "f", "CN=F", door.now).in_share);
    CHECK(door.limiter.identify(proxy, "g", "CN=G", door.now).in_share);
}

TEST_CASE("the address that a proxy tells counts from then on", "[http]")
{
    auto limits = limits_of(8);
    limits.per_address = 1;
    Door door(limits);
    door.place(address(1), Phase::answer);
    const auto told = door.arrive("");
    door.limiter.set_network(told, address(1));
    door.limiter.ready(told, door.now);
    CHECK_FALSE(door.admit());
    CHECK(door.limiter.held_by(told) == 1);
}

TEST_CASE("who waits in excess is of the address with most, silent before ready", "[http]")
{
    Door door(limits_of(2)); // so four may wait
    door.places(2, address(9), Phase::answer);
    const auto one = door.arrive(address(1));
    const auto ready = door.speak(address(2));
    const auto silent = door.arrive(address(2));
    door.arrive(address(3));
    CHECK_FALSE(door.limiter.excess());
    door.arrive(address(4));
    CHECK(door.limiter.excess() == silent);
    const auto again = door.speak(address(2));
    CHECK(door.limiter.excess() == again); // the younger of those who are ready
    door.arrive(address(5));
    CHECK(door.limiter.excess() == one); // all have one: the oldest that is silent
    CHECK(door.count(Phase::waiting) == 4);
    CHECK(door.dropped(Phase::waiting) == 3);
    door.limiter.leave(ready);
}

TEST_CASE("a slow request gives way to one that can be read", "[http]")
{
    Door door(limits_of(16));
    const auto slow = door.places(3, address(1), Phase::body);
    const auto asks = door.place(address(2), Phase::body);
    for (const auto id : slow)
        door.receive(id, 1, 2s);
    door.places(4, address(3), Phase::answer); // holds more places, but no bodies
    CHECK(door.limiter.slow_body(asks, door.now) == slow.front()); // its address holds most
    CHECK_FALSE(door.limiter.slow_body(slow.back(), door.now));    // not for one of its own
    door.now += 3s;
    CHECK(door.limiter.slow_body(slow.back(), door.now) == slow.at(1));
}

TEST_CASE("what is dropped holds nothing any more, and is counted once", "[http]")
{
    Door door(limits_of(1));
    const auto first = door.place(address(1), Phase::header);
    CHECK(door.limiter.identify(first, "f", "CN=F", door.now).in_share);
    door.now += 1s;
    CHECK(door.dropped_for(address(2)) == first);
    door.limiter.enter(first, Phase::closing, door.now); // on its way out
    CHECK(door.count(Phase::closing) == 0);
    CHECK(door.limiter.figures().of_certificate == 0);
    door.limiter.leave(first);
    CHECK(door.count(Phase::handshake) == 1);
    door.limiter.leave(2);
    const auto figures = door.limiter.figures();
    CHECK(std::ranges::all_of(figures.now, [](std::size_t now) { return now == 0; }));
    CHECK(figures.of_address == 0);
}

TEST_CASE("a flood from many addresses leaves a new address a place at once", "[http]")
{
    const auto phase = GENERATE(Phase::handshake, Phase::header, Phase::idle, Phase::answer);
    auto limits = limits_of(128);
    limits.per_address = 64;
    limits.handshakes = 32;
    Door door(limits);
    for (std::size_t n = 0; n < 300; ++n) {
        door.speak(address(1 + n % 5));
        for (const auto& decision : door.limiter.admit(door.now))
            door.limiter.enter(decision.admitted, phase, door.now);
        while (door.limiter.excess()) {
        }
    }
    door.now += 100ms;
    const auto good = door.speak("198.51.100.1");
    const auto decision = door.admit();
    REQUIRE(decision);
    CHECK(decision->admitted == good);
}

TEST_CASE("one look at the line costs no more the more networks wait in it", "[http]")
{
    constexpr std::size_t networks = 300;
    constexpr std::size_t waiting = networks - 32;
    constexpr std::uint64_t holders = 128;
    auto limits = limits_of(holders);
    limits.handshakes = 32;
    Door door(limits);
    for (std::size_t n = 0; n < 96; ++n)
        door.place(network(n), Phase::answer);
    SECTION("a single octet from each, while all handshakes are young")
    {
        const auto before = door.limiter.looks();
        for (std::size_t n = 0; n < networks; ++n) {
            door.speak(network(1000 + n));
            door.limiter.admit(door.now);
        }
        CHECK(door.count(Phase::waiting) == waiting);
        CHECK(door.limiter.looks() - before < networks * 3 * holders);
    }
    SECTION("all places are taken by requests in work")
    {
        for (std::size_t n = 0; n < 32; ++n)
            door.place(network(100 + n), Phase::answer);
        const auto before = door.limiter.looks();
        for (std::size_t n = 0; n < networks; ++n) {
            door.speak(network(1000 + n));
            door.limiter.admit(door.now);
        }
        CHECK(door.count(Phase::waiting) == networks);
        CHECK(door.limiter.looks() - before < networks * 3 * holders);
    }
}

TEST_CASE("networks at their share are looked at once each, and only their own", "[http]")
{
    constexpr std::size_t networks = 300;
    auto limits = limits_of(2 * networks);
    limits.per_address = 1;
    Door door(limits);
    for (std::size_t n = 0; n < networks; ++n) {
        door.place(network(n), Phase::answer);
        door.speak(network(n));
    }
    const auto before = door.limiter.looks();
    CHECK_FALSE(door.admit());
    CHECK(door.limiter.looks() - before < 4 * networks);
    door.speak("198.51.100.1");
    CHECK(door.admit());
}

TEST_CASE("one look gives places to all who can have one, in the order of the line", "[http]")
{
    auto limits = limits_of(8);
    limits.per_address = 2;
    Door door(limits);
    std::vector<Id> of_one;
    for (int n = 0; n < 3; ++n)
        of_one.push_back(door.speak(address(1)));
    const auto other = door.speak(address(2));
    std::vector<Id> admitted;
    for (const auto& decision : door.limiter.admit(door.now))
        admitted.push_back(decision.admitted);
    CHECK(admitted == std::vector<Id>{of_one.at(0), other, of_one.at(1)});
    CHECK(door.count(Phase::waiting) == 1);
}

TEST_CASE("a network with many handshakes does not hide one with few behind it", "[http]")
{
    auto limits = limits_of(64);
    limits.handshakes = 8;
    Door door(limits);
    door.place(address(1), Phase::handshake); // holds the fewest places
    door.places(2, address(2), Phase::answer);
    for (std::size_t n = 3; n <= 5; ++n)
        door.places(2, address(n), Phase::handshake);
    door.place(address(6), Phase::handshake);
    door.speak(address(1));
    const auto later = door.speak(address(2));
    door.now += 100ms; // long enough only for one without a handshake
    CHECK(door.admit()->admitted == later);
}

TEST_CASE("a client that holds more than another never takes a place from it", "[http]")
{
    const auto phase = GENERATE(Phase::handshake, Phase::header, Phase::idle, Phase::body);
    auto limits = limits_of(8);
    Door door(limits);
    const auto small = door.places(2, address(1), phase);
    door.places(3, address(2), Phase::answer);
    door.places(2, address(3), Phase::answer);
    door.place(address(4), Phase::answer);
    for (const auto id : small)
        door.receive(id, 0, 1h);
    door.now += 1h;
    const auto large = door.speak(address(2));
    CHECK_FALSE(door.admit());
    door.limiter.leave(large);
    CHECK(door.dropped_for(address(3)) == small.front()); // each holds two
}

TEST_CASE("a client with many bodies does not end the slow one of another", "[http]")
{
    Door door(limits_of(64));
    const auto clinic = door.place(address(1), Phase::body);
    const auto region = door.places(3, address(2), Phase::body);
    const auto other = door.place(address(3), Phase::body);
    door.receive(clinic, 0, 1h);
    for (const auto id : region)
        door.receive(id, 10'000'000, 1h);
    CHECK_FALSE(door.limiter.slow_body(region.back(), door.now));
    CHECK(door.limiter.slow_body(other, door.now) == clinic);
}

TEST_CASE("bodies are slow if all of their network are, or if one hardly moves", "[http]")
{
    auto limits = limits_of(64);
    limits.least_rate = 256'000; // 16000 octets a second for a network, 1000 for one body
    Door door(limits);
    const auto uploads = door.places(10, address(1), Phase::body);
    const auto asks = door.place(address(2), Phase::body);
    const auto all = [&](std::uint64_t rate) {
        for (const auto id : uploads)
            door.receive(id, rate, 60s);
    };
    all(1600); // ten share a slow line
    CHECK_FALSE(door.limiter.slow_body(asks, door.now));
    door.receive(uploads.at(4), 999, 60s); // the others move
    CHECK(door.limiter.slow_body(asks, door.now) == uploads.at(4));
    all(1500);
    door.receive(uploads.at(7), 1499, 60s);
    CHECK(door.limiter.slow_body(asks, door.now) == uploads.at(7)); // which loses least
    SECTION("a burst at the beginning does not count as the rate it came at")
    {
        auto& young = door.progress.at(uploads.at(0) - 1);
        young.octets = 2'000;
        young.waited = 1ms;
        young.waiting_since = door.now;
        CHECK(door.limiter.slow_body(asks, door.now));
    }
}

TEST_CASE("a body of the greediest client is left two seconds, others five", "[http]")
{
    Door door(limits_of(64));
    const auto greedy = door.places(3, address(1), Phase::body);
    const auto one = door.place(address(2), Phase::body);
    const auto asks = door.place(address(3), Phase::body);
    for (const auto id : {greedy.at(0), greedy.at(1), greedy.at(2), one})
        door.receive(id, 0, 0s);
    door.now += 1999ms;
    CHECK_FALSE(door.limiter.slow_body(asks, door.now));
    door.now += 1ms;
    CHECK(door.limiter.slow_body(asks, door.now) == greedy.front());
    CHECK_FALSE(door.limiter.slow_body(asks, door.now)); // of two it is not greedy
    door.now += 3s;
    CHECK(door.limiter.slow_body(asks, door.now) == greedy.at(1));
}

TEST_CASE("a client is small if it is known and has few bodies under way", "[http]")
{
    Door door(limits_of(64));
    const auto few = door.places(4, address(1), Phase::body);
    CHECK(door.limiter.has_few_bodies(few.back()));
    const auto fifth = door.place(address(1), Phase::body);
    CHECK_FALSE(door.limiter.has_few_bodies(fifth));
    const auto unknown = door.place("", Phase::body);
    CHECK_FALSE(door.limiter.has_few_bodies(unknown));
    CHECK(door.limiter.identify(unknown, "f", "CN=F", door.now).in_share);
    CHECK(door.limiter.has_few_bodies(unknown));
}

TEST_CASE("a connection with octets that have not been read is not dropped", "[http]")
{
    const auto phase = GENERATE(Phase::header, Phase::idle, Phase::body);
    Door door(limits_of(3));
    const auto ids = door.places(3, address(1), phase);
    for (const auto id : ids)
        door.receive(id, 0, 1h);
    door.now += 1h;
    std::set<Id> unread = {ids.at(0), ids.at(1)};
    door.limiter.ask_for_unread([&](Id id) { return unread.contains(id); });
    CHECK(door.dropped_for(address(2)) == ids.at(2));
    CHECK(door.dropped_for(address(3)) == 0);
    unread.erase(ids.at(1)); // read, and it was not the end of a request
    CHECK(door.admit()->dropped == std::vector<Id>{ids.at(1)});
}

TEST_CASE(
    "octets that have not been read save no handshake and no connection that closes", "[http]"
)
{
    const auto phase = GENERATE(Phase::handshake, Phase::closing);
    Door door(limits_of(1));
    const auto id = door.place(address(1), phase);
    door.limiter.ask_for_unread([](Id) { return true; });
    door.now += 1s;
    CHECK(door.dropped_for(address(2)) == id);
}

TEST_CASE("what connections wait for is told, and the key that gives more of it", "[http]")
{
    using http::Limit;
    auto limits = limits_of(8);
    limits.handshakes = 4; // one of each address
    limits.per_address = 3;
    Door door(limits);
    const auto waits_for = [&](const std::string& network) {
        const auto id = door.speak(network);
        CHECK_FALSE(door.admit());
        auto all = door.limiter.short_of(door.now);
        door.now += 999ms;
        door.limiter.admit(door.now);
        const bool late = door.limiter.short_of(door.now) != all;
        CHECK_FALSE(late);
        door.now += 1ms;
        const auto limit = door.limiter.limit_on(id);
        REQUIRE(limit);
        door.limiter.leave(id);
        return std::pair(all, *limit);
    };
    using Told = std::pair<std::vector<Limit>, Limit>;
    SECTION("connections of an address")
    {
        door.places(3, address(1), Phase::answer);
        const auto limit = Limit::connections_of_address;
        CHECK(waits_for(address(1)) == Told{{limit}, limit});
        CHECK(http::key_of(limit) == "connections_per_address");
        CHECK(door.limiter.value_of(limit) == 3);
        CHECK(door.limiter.figures().address_at_share);
    }
    SECTION("connections")
    {
        for (std::size_t n = 1; n <= 8; ++n)
            door.place(address(n), Phase::answer);
        CHECK(waits_for(address(9)) == Told{{Limit::connections}, Limit::connections});
        CHECK(http::key_of(Limit::connections) == "connections");
        CHECK_FALSE(door.limiter.figures().address_at_share);
    }
    SECTION("handshakes of an address")
    {
        door.place(address(1), Phase::handshake);
        CHECK(waits_for(address(1)) == Told{{}, Limit::handshakes_of_address});
        CHECK(http::key_of(Limit::handshakes_of_address) == "handshakes");
        CHECK(door.limiter.value_of(Limit::handshakes_of_address) == 1);
    }
    SECTION("handshakes")
    {
        for (std::size_t n = 1; n <= 4; ++n)
            door.place(address(n), Phase::handshake);
        CHECK(waits_for(address(9)) == Told{{}, Limit::handshakes});
        CHECK(http::key_of(Limit::handshakes) == "handshakes");
    }
}

TEST_CASE("handshakes are said to be short once a connection has waited for a second", "[http]")
{
    auto limits = limits_of(8);
    limits.handshakes = 4;
    Door door(limits);
    const auto held = door.place(address(1), Phase::handshake);
    door.speak(address(1));
    door.now += 1s;
    door.limiter.enter(held, Phase::handshake, door.now); // as young as a new one
    CHECK_FALSE(door.admit());
    CHECK(door.limiter.short_of(door.now) == std::vector{http::Limit::handshakes_of_address});
}

TEST_CASE("figures tell whether a certificate is at its share", "[http]")
{
    auto limits = limits_of(8);
    limits.per_certificate = 2;
    Door door(limits);
    const auto ids = door.places(2, address(1), Phase::answer);
    door.limiter.identify(ids.front(), "f", "CN=F", door.now);
    CHECK_FALSE(door.limiter.figures().certificate_at_share);
    door.limiter.identify(ids.back(), "f", "CN=F", door.now);
    CHECK(door.limiter.figures().certificate_at_share);
}

TEST_CASE(
    "a network that has brought a certificate goes before as many strangers as like", "[http]"
)
{
    auto limits = limits_of(128);
    limits.handshakes = 32;
    Door door(limits);
    const std::string good = "198.51.100.1";
    const auto before = door.place(good, Phase::answer);
    const bool proven = GENERATE(true, false);
    if (proven) door.limiter.identify(before, "f", "CN=F", door.now);
    door.limiter.leave(before);
    for (std::size_t n = 0; n < 300; ++n) { // a /64 each
        door.speak(network(n));
        door.limiter.admit(door.now);
        door.limiter.excess();
    }
    const auto again = door.arrive(good); // the only one that is silent
    door.limiter.excess();
    for (std::size_t n = 300; n < 310; ++n) {
        door.speak(network(n));
        door.limiter.excess();
    }
    CHECK(door.count(Phase::waiting) == 256);
    door.limiter.ready(again, door.now);
    door.now += 1s; // the grace of a handshake
    const auto decisions = door.limiter.admit(door.now);
    REQUIRE_FALSE(decisions.empty());
    CHECK((decisions.front().admitted == again) == proven);
}

TEST_CASE("only so many networks with a certificate are remembered", "[http]")
{
    Door door(limits_of(2));
    const auto visit = [&](const std::string& from) {
        const auto id = door.place(from, Phase::answer);
        door.limiter.identify(id, "f", "CN=F", door.now);
        door.limiter.leave(id);
    };
    const auto is_preferred = [&](const std::string& from) {
        const auto held = door.places(2, "", Phase::answer);
        const auto stranger = door.speak("192.0.2.200");
        const auto asks = door.speak(from);
        door.limiter.leave(held.front());
        const auto decision = door.admit();
        REQUIRE(decision);
        for (const auto id : {held.back(), stranger, asks})
            door.limiter.leave(id);
        return decision->admitted == asks;
    };
    visit(network(0));
    CHECK(is_preferred(network(0)));
    for (std::size_t n = 1; n < 4000; ++n)
        visit(network(n));
    CHECK(is_preferred(network(3000)));
    for (std::size_t n = 4000; n < 4100; ++n)
        visit(network(n));
    CHECK_FALSE(is_preferred(network(0)));
    CHECK(is_preferred(network(4000)));
}
