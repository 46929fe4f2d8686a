// SPDX-License-Identifier: Apache-2.0
// The line of waiting connections: its cost, its order and what it tells.
#include "limited_door.hpp"

using namespace limited_door;

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
        CHECK(http::key_of(limit) == "max_connections_per_address");
        CHECK(door.limiter.value_of(limit) == 3);
        CHECK(door.limiter.figures().address_at_share);
    }
    SECTION("connections")
    {
        for (std::size_t n = 1; n <= 8; ++n)
            door.place(address(n), Phase::answer);
        CHECK(waits_for(address(9)) == Told{{Limit::connections}, Limit::connections});
        CHECK(http::key_of(Limit::connections) == "max_connections");
        CHECK_FALSE(door.limiter.figures().address_at_share);
    }
    SECTION("handshakes of an address")
    {
        door.place(address(1), Phase::handshake);
        CHECK(waits_for(address(1)) == Told{{}, Limit::handshakes_of_address});
        CHECK(http::key_of(Limit::handshakes_of_address) == "max_handshakes");
        CHECK(door.limiter.value_of(Limit::handshakes_of_address) == 1);
    }
    SECTION("handshakes")
    {
        for (std::size_t n = 1; n <= 4; ++n)
            door.place(address(n), Phase::handshake);
        CHECK(waits_for(address(9)) == Told{{}, Limit::handshakes});
        CHECK(http::key_of(Limit::handshakes) == "max_handshakes");
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
