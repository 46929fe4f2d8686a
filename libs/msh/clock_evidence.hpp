// SPDX-License-Identifier: Apache-2.0
// Whether the date of this machine can be right, by the certificates it knows. A clock that is
// wrong from the start never jumps, so Clock cannot see it.
#pragma once

#include "crypto/certificate.hpp"

#include <string>
#include <vector>

namespace msh {

// The certificates of one owner.
struct ClockWitness {
    std::string owner;                             // "this access point", or "peer NAME"
    std::vector<crypto::Certificate> certificates; // of end entities, for signing, encryption, TLS
    // CAs, and certificates of local doors. A date that is years ahead can still be within their
    // validity, so only a date before it counts.
    std::vector<crypto::Certificate> long_lived{};
};

// In words, with the date and what to do; empty without suspicion. Suspicious: every certificate of
// one owner is not yet valid; every certificate of some owners has expired, and these are at least
// two certificates (a single one does so by neglect); or the date is before this version was made.
std::string clock_suspicion(const std::vector<ClockWitness>& witnesses, base::Time now);

} // namespace msh
