// SPDX-License-Identifier: Apache-2.0
// Finds the P-Mode of a message, and the peer that serves a participant.
#include "pmode/pmode.hpp"

#include "ebms/structure.hpp"

#include <algorithm>

namespace pmode {
namespace {

constexpr std::string_view everybody = "*";

bool serves(const Peer& peer, std::string_view participant)
{
    return std::any_of(
        peer.participants.begin(), peer.participants.end(),
        [&](const std::string& served) { return base::iequals(served, participant); }
    );
}

// Checks the type of a party id whose value already matches.
base::Result<> check_type(
    const std::string& party, const ebms::PartyId& id, const std::string& agreed, const PMode& mode
)
{
    const bool untyped = id.type.empty() && !agreed.empty();
    if (id.type == agreed || (untyped && mode.accept_untyped_party_ids)) return {};
    return base::Error(
        errc::no_match,
        "type of " + party + "/PartyId" +
            (untyped ? ": there is none; accept_untyped_party_ids in the [[pmode]] accepts it" : "")
    );
}

// Describes the value that two peers share; "" if there is none.
std::string shared_value(const Peer& a, const Peer& b)
{
    if (a.name == b.name) return "name " + a.name;
    if (a.party_id == b.party_id) return "party id " + a.party_id;
    for (const std::string& participant : a.participants)
        if (serves(b, participant)) return "participant " + participant;
    return {};
}

} // namespace

std::vector<crypto::Certificate> Peer::known() const
{
    std::vector<crypto::Certificate> all;
    const auto add = [&](const crypto::Certificate& certificate) {
        if (std::find(all.begin(), all.end(), certificate) == all.end()) all.push_back(certificate);
    };
    for (const auto& certificate : pinned)
        add(certificate);
    for (const auto& certificate : looked_up)
        add(certificate);
    // Networks like SDK have one certificate for signing and encryption.
    if (encryption) add(*encryption);
    return all;
}

base::Result<PModes> PModes::make(std::string own_party, std::vector<Peer> peers)
{
    if (const auto obstacle = ebms::obstacle_in(own_party); !obstacle.empty())
        return base::Error(errc::invalid, "our own party id " + std::string(obstacle));
    for (std::size_t i = 0; i < peers.size(); ++i) {
        // An empty party id would match every certificate without a CN.
        if (const auto obstacle = ebms::obstacle_in(peers[i].party_id); !obstacle.empty())
            return base::Error(
                errc::invalid, "the party id of " + peers[i].name + " " + std::string(obstacle)
            );
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
    const auto peer = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& candidate) {
        return candidate.party_id == message.from.id.value;
    });
    const bool tolerant = peer != peers_.end() && peer->pmode.accept_untyped_party_ids;
    if (!tolerant)
        if (auto typed = check_party_ids(message); !typed) return typed.error();
    if (message.to.id.value != own_party_)
        return base::Error(errc::no_match, "To/PartyId is not ours");
    if (peer == peers_.end()) return base::Error(errc::no_match, "From/PartyId is no peer");
    const PMode& mode = peer->pmode;
    if (auto typed = check_type("From", message.from.id, mode.party_type, mode); !typed)
        return typed.error();
    if (auto typed = check_type("To", message.to.id, mode.own_party_type, mode); !typed)
        return typed.error();
    if (auto agreed = conforms(message, mode); !agreed) return agreed.error();
    return Match{&*peer};
}

base::Result<Match> PModes::route(std::string_view participant) const
{
    // "*" is a wildcard of the configuration, never the id of a participant.
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

} // namespace pmode
