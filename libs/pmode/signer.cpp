// SPDX-License-Identifier: Apache-2.0
// Judges whether a certificate may sign for a peer. A refusal tells the operator the reason and the
// configuration key that decides.
#include "pmode/pmode.hpp"

#include <algorithm>

namespace pmode {
namespace {

std::string table_of(const Peer& peer)
{
    return "[[peer]] " + peer.name;
}

Authority authority_of(crypto::Trust trust)
{
    switch (trust) {
    case crypto::Trust::trusted:
        return Authority::granted;
    case crypto::Trust::unknown_issuer:
        return Authority::untrusted;
    case crypto::Trust::expired:
    case crypto::Trust::not_yet_valid:
    case crypto::Trust::issuer_expired:
    case crypto::Trust::issuer_not_yet_valid:
        return Authority::untimely;
    case crypto::Trust::broken_chain:
    case crypto::Trust::weak:
    case crypto::Trust::is_ca:
    case crypto::Trust::wrong_use:
        return Authority::unfit;
    }
    return Authority::unfit;
}

// Tells how to change the verdict, once the peer has confirmed its certificate.
std::string remedy(Authority authority, const Peer& peer)
{
    switch (authority) {
    case Authority::untrusted:
        return "to trust it, add its CA certificate to the file of node.trust, or the certificate "
               "to certificates of " +
               table_of(peer);
    case Authority::untimely:
        return "the peer must sign with a valid certificate; no key of the configuration accepts "
               "this one";
    case Authority::unfit:
        return "the peer must sign with another certificate; only certificates of " +
               table_of(peer) + " could accept this one";
    default:
        return {};
    }
}

SignerVerdict judge_pinned(const Peer& peer, const crypto::Certificate& signer, base::Time at)
{
    if (std::find(peer.pinned.begin(), peer.pinned.end(), signer) == peer.pinned.end())
        return {
            Authority::not_pinned, "the certificate is none of those in certificates of " +
                                       table_of(peer) + ": " + crypto::described(signer) +
                                       "; if the peer confirms it, add it there"
        };
    const auto verdict = crypto::judge_validity(signer, at);
    if (verdict == crypto::Trust::trusted) return {};
    return {
        Authority::untimely, verdict.text() +
                                 "; the peer must renew it, then replace it in "
                                 "certificates of " +
                                 table_of(peer)
    };
}

SignerVerdict judge_issued(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
)
{
    const auto verdict = trust.judge(signer, brought, at);
    const auto authority = authority_of(verdict.trust);
    if (authority != Authority::granted)
        return {authority, verdict.text() + "; " + remedy(authority, peer)};
    // [DIGG AP-KS 3.1.5] The certificate's CN must name the party.
    if (signer.common_name() == peer.party_id) return {};
    return {
        Authority::wrong_party,
        "the certificate's CN is not " + peer.party_id + ": " + crypto::described(signer) +
            "; to accept it for this party, add it to certificates of " + table_of(peer)
    };
}

} // namespace

SignerVerdict judge_signer(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
)
{
    auto verdict = peer.pinned.empty() ? judge_issued(peer, trust, signer, brought, at)
                                       : judge_pinned(peer, signer, at);
    if (verdict.authority != Authority::granted) return verdict;
    const auto bits = static_cast<std::uint64_t>(signer.key_bits());
    if (bits >= peer.pmode.minimum_strength) return verdict;
    return {
        Authority::weak_key, "the RSA key has " + std::to_string(bits) + " bits, and " +
                                 table_of(peer) + " demands " +
                                 std::to_string(peer.pmode.minimum_strength) +
                                 " (minimum_strength of its P-Mode): " + crypto::described(signer)
    };
}

} // namespace pmode
