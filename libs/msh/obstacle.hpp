// SPDX-License-Identifier: Apache-2.0
// Certificates that keep messages from being sent: judged at each attempt, before anything leaves.
#pragma once

#include "pmode/pmode.hpp"

#include <optional>
#include <string>

namespace msh {

struct Obstacle {
    std::string cause; // the configuration key, the certificate, its validity, what to do
    std::optional<base::Time> until; // it passes by itself then: the certificate becomes valid
};

// Why nothing may be sent to this peer at that time; nothing if nothing stands in the way.
// - Our signing certificate: the receiver refuses for good what is signed with an expired one.
// - The encryption certificate, if the message is encrypted (`encrypts`).
// - The pinned certificates, if none is valid: no receipt could be accepted, and the same message
//   would be sent again until its time to live ends.
std::optional<Obstacle>
obstacle_of(const pmode::Peer& peer, const crypto::Certificate& own, bool encrypts, base::Time at);

} // namespace msh
