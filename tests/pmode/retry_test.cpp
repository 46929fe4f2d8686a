// SPDX-License-Identifier: Apache-2.0
#include "pmode/retry.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace std::chrono_literals;
using pmode::Backoff;
using pmode::Retry;

TEST_CASE("without jitter each failure doubles the wait up to the longest", "[pmode]")
{
    const Retry retry{.first = 10s, .longest = 2min, .jitter = 0};
    const auto wait = [&](int made) { return pmode::wait_after(retry, "m", made); };
    CHECK(wait(1) == 10s);
    CHECK(wait(2) == 20s);
    CHECK(wait(4) == 80s);
    CHECK(wait(5) == 2min);
    CHECK(wait(1'000'000) == 2min);
    const Retry endless{.first = 1h, .longest = base::Duration::max(), .jitter = 0};
    CHECK(pmode::wait_after(endless, "m", 1'000'000) == base::Duration::max()); // no overflow
}

TEST_CASE("a constant wait stays what it is", "[pmode]")
{
    const Retry retry{.backoff = Backoff::constant, .first = 3min, .longest = 1h, .jitter = 0};
    for (const int made : {1, 2, 50})
        CHECK(pmode::wait_after(retry, "m", made) == 3min);
}

TEST_CASE("jitter shortens a wait by up to its share, the same each time it is asked", "[pmode]")
{
    const Retry retry{.backoff = Backoff::constant, .first = 100s, .longest = 1h, .jitter = 0.3};
    std::set<base::Duration> waits;
    for (int i = 0; i < 1000; ++i) {
        const auto message = "message " + std::to_string(i);
        const auto wait = pmode::wait_after(retry, message, 1);
        CHECK(wait == pmode::wait_after(retry, message, 1));
        CHECK(wait > 70s - 1ms);
        CHECK(wait <= 100s);
        waits.insert(wait);
    }
    // A herd of a thousand is spread over the whole of it.
    CHECK(waits.size() > 900);
    CHECK(*waits.begin() < 71s);
    CHECK(*waits.rbegin() > 99s);
    std::set<base::Duration> of_one;
    for (int made = 1; made <= 100; ++made)
        of_one.insert(pmode::wait_after(retry, "message", made));
    CHECK(of_one.size() > 90);
}

TEST_CASE("each tenth of the spread gets about a tenth of the messages", "[pmode]")
{
    const Retry retry{.backoff = Backoff::constant, .first = 100s, .longest = 1h, .jitter = 1};
    std::array<int, 10> tenths{};
    // As ids are: alike but for a few characters at their end.
    for (int i = 0; i < 10'000; ++i) {
        const auto wait =
            pmode::wait_after(retry, "0b5c3a1e-0000-4000-8000-" + std::to_string(i), 1);
        ++tenths.at(static_cast<std::size_t>(std::min<base::Duration>(wait, 99s) / 10s));
    }
    for (const int messages : tenths)
        CHECK(std::abs(messages - 1000) < 150);
}

TEST_CASE("a peer that asks for time gets it, up to the longest wait", "[pmode][RFC 9110]")
{
    const Retry plain{.first = 10s, .longest = 2min, .jitter = 0};
    CHECK(pmode::wait_asked_for(plain, 30s, "m", 1) == 30s);
    CHECK(pmode::wait_asked_for(plain, 24h, "m", 1) == 2min);
    const Retry spread{.first = 10s, .longest = 2min, .jitter = 0.5};
    for (int i = 0; i < 100; ++i) {
        const auto message = std::to_string(i);
        const auto asked = pmode::wait_asked_for(spread, 30s, message, 1);
        CHECK(asked >= 30s); // never sooner than it said
        CHECK(asked <= 45s);
        CHECK(pmode::wait_asked_for(spread, 110s, message, 1) <= 2min);
        CHECK(pmode::wait_asked_for(spread, 24h, message, 1) <= 2min);
    }
    CHECK(pmode::wait_asked_for(spread, 24h, "1", 1) != pmode::wait_asked_for(spread, 24h, "2", 1));
}

TEST_CASE("a bound on attempts counts the first one", "[pmode]")
{
    Retry retry{.attempts = 4};
    CHECK_FALSE(pmode::is_exhausted(retry, 3));
    CHECK(pmode::is_exhausted(retry, 4));
    CHECK(pmode::is_exhausted(retry, 5));
    retry.attempts = 0;
    CHECK_FALSE(pmode::is_exhausted(retry, 1'000'000));
}

TEST_CASE("what the rules come to: DIGG's sample has 4 attempts in 12 minutes", "[pmode][DIGG PM]")
{
    Retry sample{.backoff = Backoff::constant, .first = 3min, .time_to_live = 12min};
    CHECK(pmode::attempts_of(sample) == 4); // at 0, 3, 6 and 9 minutes
    sample.attempts = 3;
    CHECK(pmode::attempts_of(sample) == 3);
    // Ours: eight in the first 64 minutes, then one an hour.
    CHECK(pmode::attempts_of(Retry()) == 30);
    CHECK(pmode::attempts_of({.first = 1h, .time_to_live = 1h}) == 1);
    CHECK(pmode::attempts_of({.first = 1ms, .longest = 1ms}) == 100'000);          // bounded
    CHECK(pmode::attempts_of({.time_to_live = base::Duration::max()}) == 100'000); // no overflow
}

TEST_CASE("the most attempts there can be are those with the shortest waits", "[pmode]")
{
    Retry retry{.backoff = Backoff::constant, .first = 5min, .longest = 1h, .time_to_live = 164h};
    const auto max = [&] { return pmode::max_attempts_of(retry, 1min); };
    retry.jitter = 0;
    CHECK(max() == pmode::attempts_of(retry));
    retry.jitter = 0.2;
    CHECK(pmode::attempts_of(retry) == 1968);
    CHECK(max() == 2460);
    // No message has more.
    base::Duration at{};
    int made = 1;
    for (; at < retry.time_to_live; ++made)
        at += pmode::wait_after(retry, "m", made);
    CHECK(made <= max());
    CHECK(made > 2000);
    retry.jitter = 1; // at once, yet a minute apart
    CHECK(max() == 164 * 60);
    CHECK(pmode::max_attempts_of(retry, 0s) == 100'000);
    retry.attempts = 3;
    CHECK(max() == 3);
    CHECK(pmode::max_attempts_of({.first = 1ms, .time_to_live = 10min}, 1min) == 10);
    CHECK(pmode::max_attempts_of({.time_to_live = base::Duration::max()}, 1min) == 100'000);
}
