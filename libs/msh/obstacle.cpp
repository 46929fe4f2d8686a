// SPDX-License-Identifier: Apache-2.0
// Checks the validity of the certificates that an attempt needs.
#include "msh/obstacle.hpp"

#include <algorithm>

namespace msh {

namespace {

std::optional<Obstacle>
judged(const std::string& key, const crypto::Certificate& certificate, base::Time at)
{
    const auto verdict = crypto::judge_validity(certificate, at);
    if (verdict == crypto::Trust::trusted) return std::nullopt;
    const auto cause = key + ": " + verdict.text();
    if (verdict == crypto::Trust::not_yet_valid) {
        const auto begins = certificate.not_before();
        return Obstacle{
            cause + "; sending goes on by itself at " + base::to_text(begins) +
                ", or earlier with another certificate after a restart of kurird",
            begins
        };
    }
    return Obstacle{
        cause + "; replace the file and restart kurird; kurir flush then sends at once", {}
    };
}

std::optional<Obstacle> judged_encryption(const pmode::Peer& peer, base::Time at)
{
    if (!peer.encryption) return std::nullopt;
    // Without a certificate for encryption, the first pinned one of the peer is used.
    const bool pinned = !peer.pinned.empty() && peer.pinned.front() == *peer.encryption;
    const auto* const key =
        pinned ? "certificates (encrypted to the first)" : "encryption_certificate";
    return judged("[[peer]] " + peer.name + ": " + key, *peer.encryption, at);
}

// Returns nothing if one pinned certificate is valid. Otherwise returns the obstacle that ends
// first, or the first in the list if none ends by itself.
std::optional<Obstacle> judged_pins(const pmode::Peer& peer, base::Time at)
{
    std::optional<Obstacle> first;
    for (const auto& certificate : peer.pinned) {
        auto obstacle = judged("[[peer]] " + peer.name + ": certificates", certificate, at);
        if (!obstacle) return std::nullopt;
        const bool sooner =
            obstacle->until && (!first || !first->until || *obstacle->until < *first->until);
        if (!first || sooner) first = std::move(obstacle);
    }
    return first;
}

} // namespace

std::optional<Obstacle>
obstacle_of(const pmode::Peer& peer, const crypto::Certificate& own, bool encrypts, base::Time at)
{
    if (auto obstacle = judged("node.certificate", own, at)) return obstacle;
    if (encrypts)
        if (auto obstacle = judged_encryption(peer, at)) return obstacle;
    return judged_pins(peer, at);
}

} // namespace msh
