// SPDX-License-Identifier: Apache-2.0
// Checks the date of this machine against the certificates it knows. A clock that is wrong from the
// start never jumps, so Clock cannot detect it.
#pragma once

#include "crypto/certificate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace msh {

// The certificates of one owner.
struct ClockWitness {
    std::string peer;                              // its name; empty: this access point
    std::vector<crypto::Certificate> certificates; // of end entities, for signing, encryption, TLS
    // CAs, and certificates of local doors. A date that is years ahead can still be within their
    // validity, so only a date before it counts.
    std::vector<crypto::Certificate> long_lived{};
};

// Returns the suspicion in words, with the date and what to do; empty without suspicion. The clock
// is suspect at
// - a date before this version was made;
// - a date at which every certificate of one owner is not yet valid;
// - a date at which every certificate of some owners has expired, and these are at least two
//   certificates. A single certificate may simply not have been renewed.
// If any owner has a certificate that is valid now, the clock is not suspect. Then the others were
// not renewed in time.
std::string clock_suspicion(const std::vector<ClockWitness>& witnesses, base::Time now);

// The same for one owner (a peer's name; empty: this access point). Its own certificates can make
// the clock suspect even if another owner has a valid one, because they say most about it.
std::string clock_suspicion_about(
    const std::vector<ClockWitness>& witnesses, base::Time now, std::string_view peer
);

} // namespace msh
