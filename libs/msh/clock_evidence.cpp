// SPDX-License-Identifier: Apache-2.0
// Certificates as witnesses against the clock.
#include "msh/clock_evidence.hpp"

#include <algorithm>

namespace msh {

namespace {

constexpr auto made = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

std::size_t distinct(std::vector<crypto::Certificate> certificates)
{
    std::ranges::sort(certificates, {}, &crypto::Certificate::fingerprint);
    const auto end = std::unique(certificates.begin(), certificates.end());
    return static_cast<std::size_t>(end - certificates.begin());
}

// Why the date cannot be right by this owner's certificates; empty if it can.
std::string accusation(const ClockWitness& witness, base::Time now)
{
    const auto& all = witness.certificates;
    if (all.empty()) return {};
    const auto count = distinct(all);
    const auto every = "every certificate of " + witness.owner + " (" + std::to_string(count) + ")";
    const auto begins = std::ranges::min(all, {}, &crypto::Certificate::not_before).not_before();
    if (now < begins)
        return every + " is not yet valid, the first of them from " + base::to_text(begins);
    const auto ends = std::ranges::max(all, {}, &crypto::Certificate::not_after).not_after();
    if (now > ends && count > 1)
        return every + " has expired, the last of them " + base::to_text(ends);
    return {};
}

} // namespace

std::string clock_suspicion(const std::vector<ClockWitness>& witnesses, base::Time now)
{
    std::string why;
    if (now < base::Time(made)) why = "this version of Kurir was made later";
    for (const auto& witness : witnesses)
        if (why.empty()) why = accusation(witness, now);
    if (why.empty()) return {};
    return "the clock of this machine is suspected to be wrong: it says " + base::to_text(now) +
           ", but " + why +
           "; compare the date (timedatectl), correct it and restart kurird, or else renew the "
           "certificates";
}

} // namespace msh
