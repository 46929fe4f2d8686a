// SPDX-License-Identifier: Apache-2.0
// The shares of clients, and who gets a place.
#include "limited_door.hpp"

using namespace limited_door;

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
