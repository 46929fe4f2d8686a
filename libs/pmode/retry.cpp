// SPDX-License-Identifier: Apache-2.0
// Back-off and jitter. Jitter is computed from the message's id, so that it needs no state and no
// random numbers.
#include "pmode/retry.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace pmode {

namespace {

constexpr int max_counted = 100'000;

base::Duration whole_wait(const Retry& retry, int attempts_made)
{
    auto wait = std::min(retry.first, retry.longest);
    if (retry.backoff == Backoff::constant) return wait;
    for (int i = 1; i < attempts_made && wait < retry.longest; ++i)
        wait = wait > retry.longest / 2 ? retry.longest : wait * 2;
    return wait;
}

// Returns a number from 0 to just below 1, evenly spread over messages and attempts. The number is
// the FNV-1a hash, mixed by the final step of splitmix64. FNV-1a needs the mixing, because the last
// characters of the text hardly change its upper bits.
double drawn(std::string_view message, int attempts_made)
{
    std::uint64_t hash = 14695981039346656037ull;
    for (const char octet : std::string(message) + "/" + std::to_string(attempts_made))
        hash = (hash ^ static_cast<unsigned char>(octet)) * 1099511628211ull;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
    hash ^= hash >> 31;
    return static_cast<double>(hash >> 11) / static_cast<double>(1ull << 53);
}

base::Duration share(base::Duration wait, double of_it)
{
    return base::Duration(
        static_cast<base::Duration::rep>(static_cast<double>(wait.count()) * of_it)
    );
}

} // namespace

base::Duration wait_after(const Retry& retry, std::string_view message, int attempts_made)
{
    const auto wait = whole_wait(retry, attempts_made);
    return wait - share(wait, retry.jitter * drawn(message, attempts_made));
}

base::Duration wait_asked_for(
    const Retry& retry, base::Duration asked, std::string_view message, int attempts_made
)
{
    const auto spread = retry.jitter * drawn(message, attempts_made);
    // Never wait longer than `longest`, and still spread the retries.
    if (asked >= retry.longest) return retry.longest - share(retry.longest, spread);
    return std::min(asked + share(asked, spread), retry.longest);
}

bool is_exhausted(const Retry& retry, int attempts_made)
{
    return retry.attempts > 0 && attempts_made >= retry.attempts;
}

int attempts_of(const Retry& retry)
{
    int attempts = 1;
    base::Duration at{};
    while (attempts < max_counted && !is_exhausted(retry, attempts)) {
        const auto wait = whole_wait(retry, attempts);
        if (wait >= retry.time_to_live - at) break;
        at += wait;
        ++attempts;
    }
    return attempts;
}

int max_attempts_of(const Retry& retry, base::Duration apart)
{
    int counted = 1;
    base::Duration at{};
    while (counted < max_counted && !is_exhausted(retry, counted)) {
        const auto whole = whole_wait(retry, counted);
        const auto wait = std::max(whole - share(whole, retry.jitter), apart);
        if (wait <= base::Duration(0)) return max_counted;
        if (wait >= retry.time_to_live - at) break;
        at += wait;
        ++counted;
    }
    return counted;
}

} // namespace pmode
