// SPDX-License-Identifier: Apache-2.0
// Which P-Mode a message belongs to, who serves a participant, and who may speak for a peer.
#include "pmode/pmode.hpp"

#include <algorithm>

namespace pmode {
namespace {

constexpr std::string_view everybody = "*";

// @pmode of an AgreementRef is optional both ways [ED115 1.4.4.1]: it only counts where both sides
// name it.
bool agrees(
    const std::optional<ebms::AgreementRef>& ours, const std::optional<ebms::AgreementRef>& theirs
)
{
    if (!ours) return true;
    if (!theirs || theirs->value != ours->value || theirs->type != ours->type) return false;
    return ours->pmode.empty() || theirs->pmode.empty() || ours->pmode == theirs->pmode;
}

// What differs between a message of this peer and its P-Mode; nullptr if nothing.
const char* difference(const ebms::UserMessage& message, const PMode& mode)
{
    if (message.from.id.type != mode.party_type) return "type of From/PartyId";
    if (message.to.id.type != mode.party_type) return "type of To/PartyId";
    if (message.from.role != mode.initiator_role) return "From/Role";
    if (message.to.role != mode.responder_role) return "To/Role";
    if (!agrees(mode.agreement, message.agreement)) return "AgreementRef";
    if (!message.mpc.empty() && message.mpc != mode.mpc) return "@mpc";
    if (mode.service_type && message.service.type != *mode.service_type) return "type of Service";
    if (!mode.covers(message.service.value, message.action)) return "Service or Action";
    return nullptr;
}

bool serves(const Peer& peer, std::string_view participant)
{
    return std::any_of(
        peer.participants.begin(), peer.participants.end(),
        [&](const std::string& served) { return base::iequals(served, participant); }
    );
}

// Names the value that two peers share; "" if none.
std::string shared_value(const Peer& a, const Peer& b)
{
    if (a.name == b.name) return "name " + a.name;
    if (a.party_id == b.party_id) return "party id " + a.party_id;
    for (const std::string& participant : a.participants)
        if (serves(b, participant)) return "participant " + participant;
    return {};
}

} // namespace

bool PMode::covers(std::string_view service, std::string_view action) const
{
    const auto lists = [](const std::vector<std::string>& agreed, std::string_view value) {
        return agreed.empty() || std::find(agreed.begin(), agreed.end(), value) != agreed.end();
    };
    return lists(services, service) && lists(actions, action);
}

base::Result<PModes> PModes::make(std::string own_party, std::vector<Peer> peers)
{
    if (own_party.empty()) return base::Error(errc::invalid, "our own party id is empty");
    for (std::size_t i = 0; i < peers.size(); ++i) {
        // An empty party id would be equal to the missing CN of a certificate.
        if (peers[i].party_id.empty())
            return base::Error(errc::invalid, peers[i].name + " has no party id");
        for (std::size_t j = 0; j < i; ++j) {
            const std::string shared = shared_value(peers[j], peers[i]);
            if (!shared.empty())
                return base::Error(
                    errc::invalid,
                    peers[j].name + " and " + peers[i].name + " have the same " + shared
                );
        }
    }
    PModes modes;
    modes.own_party_ = std::move(own_party);
    modes.peers_ = std::move(peers);
    return modes;
}

base::Result<Match> PModes::match(const ebms::UserMessage& message) const
{
    if (message.to.id.value != own_party_)
        return base::Error(errc::no_match, "To/PartyId is not ours");
    const auto peer = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& candidate) {
        return candidate.party_id == message.from.id.value;
    });
    if (peer == peers_.end()) return base::Error(errc::no_match, "From/PartyId is no peer");
    if (const char* what = difference(message, peer->pmode))
        return base::Error(errc::no_match, what);
    return Match{&*peer};
}

base::Result<Match> PModes::route(std::string_view participant) const
{
    // "*" is an entry in the configuration, never somebody's address.
    if (participant.empty() || participant == everybody)
        return base::Error(errc::unknown_peer, std::string(participant));
    const Peer* fallback = nullptr;
    for (const Peer& peer : peers_) {
        if (serves(peer, participant)) return Match{&peer};
        if (serves(peer, everybody)) fallback = &peer;
    }
    if (fallback == nullptr)
        return base::Error(errc::unknown_peer, std::string(participant.substr(0, 256)));
    return Match{fallback};
}

const Peer* PModes::by_name(std::string_view name) const
{
    const auto peer = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& candidate) {
        return candidate.name == name;
    });
    return peer == peers_.end() ? nullptr : &*peer;
}

Authority judge_signer(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
)
{
    if (!peer.pinned.empty()) {
        const bool pinned =
            std::find(peer.pinned.begin(), peer.pinned.end(), signer) != peer.pinned.end();
        const bool in_time = signer.not_before() <= at && at <= signer.not_after();
        return pinned && in_time ? Authority::granted : Authority::not_trusted;
    }
    if (trust.judge(signer, brought, at) != crypto::Trust::trusted) return Authority::not_trusted;
    // [DIGG AP-KS 3.1.5] the party is who its certificate says it is.
    return signer.common_name() == peer.party_id ? Authority::granted : Authority::wrong_party;
}

} // namespace pmode
