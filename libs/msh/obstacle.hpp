// SPDX-License-Identifier: Apache-2.0
// Invalid certificates that keep messages from being sent. Checked at each attempt, before anything
// is sent.
#pragma once

#include "pmode/pmode.hpp"

#include <optional>
#include <string>

namespace msh {

struct Obstacle {
    std::string cause; // the configuration key, the certificate, its validity, what to do
    // When the certificate becomes valid and the obstacle ends by itself.
    std::optional<base::Time> until;
};

// Returns why nothing may be sent to this peer at that time; nothing without an obstacle. Checks:
// - our signing certificate: receivers permanently refuse messages signed with an expired one;
// - the encryption certificate, if the message is encrypted (`encrypts`);
// - the pinned certificates, of which one must be valid: otherwise no receipt could be accepted,
//   and the same message would be sent again until its time to live ends.
std::optional<Obstacle>
obstacle_of(const pmode::Peer& peer, const crypto::Certificate& own, bool encrypts, base::Time at);

} // namespace msh
