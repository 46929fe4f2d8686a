// SPDX-License-Identifier: Apache-2.0
// Which connection is dropped for another one.
#include "limited_door.hpp"

using namespace limited_door;

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
    CHECK(door.limiter.figures().busiest_certificate == "CN=F");
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
    limits.min_rate = 16'000; // so that a network is slow below 1000 octets a second
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
    limits.min_rate = 256'000; // 16000 octets a second for a network, 1000 for one body
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
