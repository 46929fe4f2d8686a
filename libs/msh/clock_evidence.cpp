// SPDX-License-Identifier: Apache-2.0
// Uses certificates as evidence against the clock.
#include "msh/clock_evidence.hpp"

#include "crypto/trust.hpp"

#include <algorithm>

namespace msh {

namespace {

using Certificates = std::vector<crypto::Certificate>;
using Witnesses = std::vector<ClockWitness>;

constexpr auto made = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

std::size_t distinct(Certificates certificates)
{
    std::ranges::sort(certificates, {}, &crypto::Certificate::fingerprint);
    const auto end = std::unique(certificates.begin(), certificates.end());
    return static_cast<std::size_t>(end - certificates.begin());
}

void append(Certificates& all, const Certificates& more)
{
    all.insert(all.end(), more.begin(), more.end());
}

bool acquits(const ClockWitness& witness, base::Time now)
{
    return std::ranges::any_of(witness.certificates, [&](const auto& certificate) {
        return crypto::judge_validity(certificate, now) == crypto::Trust::trusted;
    });
}

bool is_too_early(const ClockWitness& witness, base::Time now)
{
    const auto coming = [&](const auto& certificate) { return now < certificate.not_before(); };
    const auto& [peer, certificates, long_lived] = witness;
    return !(certificates.empty() && long_lived.empty()) &&
           std::ranges::all_of(certificates, coming) && std::ranges::all_of(long_lived, coming);
}

bool is_too_late(const ClockWitness& witness, base::Time now)
{
    const auto over = [&](const auto& certificate) { return now > certificate.not_after(); };
    return !witness.certificates.empty() && std::ranges::all_of(witness.certificates, over);
}

std::string every_certificate(const std::string& owners, const Certificates& certificates)
{
    return "every certificate of " + owners + " (" + std::to_string(distinct(certificates)) + ")";
}

std::string owner_of(const ClockWitness& witness)
{
    return witness.peer.empty() ? "this access point" : "peer " + witness.peer;
}

// For example "this access point, peer a and 15 others".
std::string owners_of(const Witnesses& witnesses)
{
    auto text = owner_of(witnesses.front());
    if (witnesses.size() == 2) text += " and " + owner_of(witnesses[1]);
    if (witnesses.size() > 2)
        text += ", " + owner_of(witnesses[1]) + " and " + std::to_string(witnesses.size() - 2) +
                (witnesses.size() == 3 ? " other" : " others");
    return text;
}

// Returns why the date cannot be right by these certificates; empty if it can be.
std::string accusation(const Witnesses& witnesses, base::Time now)
{
    Witnesses late;
    Certificates expired;
    for (const auto& witness : witnesses) {
        if (is_too_early(witness, now)) {
            auto all = witness.certificates;
            append(all, witness.long_lived);
            const auto first = std::ranges::min(all, {}, &crypto::Certificate::not_before);
            return every_certificate(owner_of(witness), all) +
                   " is not yet valid, the first of them from " + base::to_text(first.not_before());
        }
        if (!is_too_late(witness, now)) continue;
        append(expired, witness.certificates);
        late.push_back(witness);
    }
    if (distinct(expired) < 2) return {};
    const auto last = std::ranges::max(expired, {}, &crypto::Certificate::not_after);
    return every_certificate(owners_of(late), expired) + " has expired, the last of them " +
           base::to_text(last.not_after());
}

// Returns the whole sentence; empty if `why` is empty.
std::string suspicion(const std::string& why, base::Time now)
{
    if (why.empty()) return {};
    return "the clock of this machine is suspected to be wrong: it says " + base::to_text(now) +
           ", but " + why +
           "; compare the date (timedatectl), correct it and restart kurird, or else renew the "
           "certificates";
}

} // namespace

std::string clock_suspicion(const std::vector<ClockWitness>& witnesses, base::Time now)
{
    if (now < base::Time(made)) return suspicion("this version of Kurir was made later", now);
    const auto valid = [&](const ClockWitness& witness) { return acquits(witness, now); };
    if (std::ranges::any_of(witnesses, valid)) return {};
    return suspicion(accusation(witnesses, now), now);
}

std::string clock_suspicion_about(
    const std::vector<ClockWitness>& witnesses, base::Time now, std::string_view peer
)
{
    auto general = clock_suspicion(witnesses, now);
    const auto own = std::ranges::find(witnesses, peer, &ClockWitness::peer);
    if (!general.empty() || own == witnesses.end()) return general;
    return suspicion(accusation({*own}, now), now);
}

} // namespace msh
