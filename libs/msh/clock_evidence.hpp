// SPDX-License-Identifier: Apache-2.0
// Whether the date of this machine can be right, by the certificates it knows. A clock that is
// wrong from the start never jumps, so Clock cannot see it.
#pragma once

#include "crypto/certificate.hpp"

#include <string>
#include <vector>

namespace msh {

// All certificates of one owner. "this access point": signing, TLS and the CAs of both; "peer
// NAME": what is configured of it.
struct ClockWitness {
    std::string owner;
    std::vector<crypto::Certificate> certificates;
};

// In words, with the date and what to do; empty without suspicion. Suspicious: every certificate of
// one owner is not yet valid; every one of at least two has expired (a single one does so by
// neglect); or the date is before this version was made.
std::string clock_suspicion(const std::vector<ClockWitness>& witnesses, base::Time now);

} // namespace msh
