// SPDX-License-Identifier: Apache-2.0
// The access points we exchange messages with, each with its P-Mode: which of them a message
// belongs to, and who may speak for it.
#pragma once

#include "crypto/trust.hpp"
#include "pmode/parameters.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pmode {

// An access point we exchange messages with, as a [[peer]] table describes it (instead of
// discovery).
struct Peer {
    std::string name;     // of the table, for logs and the CLI
    std::string party_id; // its eb:PartyId
    std::string url;      // PMode[1].Protocol.Address
    std::vector<crypto::Certificate>
        pinned; // exact signing certificates; empty = trust by CA and CN = party_id
    // Signing certificates that a SubjectKeyIdentifier or an issuer and serial number may mean;
    // being here says nothing of trust.
    std::vector<crypto::Certificate> looked_up;
    std::optional<crypto::Certificate>
        encryption; // its encryption certificate; required to send to it
    std::vector<std::string>
        participants; // whom it serves: "0203:kommun.example"; "*" = everybody else
    PMode pmode;      // the preset with this peer's changes

    // What a token reference that brings no certificate can mean: pinned first, each once. A
    // renewed certificate of the same key stands beside the old one; whoever looks takes one that
    // is valid.
    std::vector<crypto::Certificate> known() const;
};

struct Match {
    const Peer* peer = nullptr; // valid as long as the PModes
};

class PModes {
public:
    // `own_party` is our eb:PartyId. errc::invalid: two peers with one party id, a participant
    // served by two.
    static base::Result<PModes> make(std::string own_party, std::vector<Peer> peers);
    const std::string& own_party() const { return own_party_; }
    const std::vector<Peer>& peers() const { return peers_; }

    // Which peer and P-Mode a received UserMessage belongs to: presence and value of the parties'
    // ids, and everything that conforms() looks at, with its errors. errc::no_match.
    base::Result<Match> match(const ebms::UserMessage& message) const;
    // Who serves a recipient. errc::unknown_peer.
    base::Result<Match> route(std::string_view participant) const;
    const Peer* by_name(std::string_view name) const;

private:
    std::string own_party_;
    std::vector<Peer> peers_;
};

// Whether `signer` may speak for `peer`: a pinned certificate, or one that `trust` accepts and
// whose CN is the party id [DIGG TP-AS4 2.10, AP-KS 3.1.5]. Pinned certificates must be in their
// validity time too. weak_key: as far as trust goes it might, but its key is below the P-Mode's
// minimum_strength.
enum class Authority {
    granted,
    not_pinned,  // the peer's certificates are pinned, and this is none of them
    untrusted,   // no CA of node.trust issued it
    untimely,    // the certificate, or a CA in its chain, has expired or is not yet valid
    unfit,       // a CA certificate, a key usage without digitalSignature, a chain that is broken
    wrong_party, // trusted, but its CN is not the peer's party id
    weak_key
};
struct SignerVerdict {
    Authority authority = Authority::granted;
    // For the log of this access point: the reason, the certificate (subject, issuer, serial,
    // validity) and the configuration key that would change the verdict. Never for the peer.
    std::string reason;
    friend bool operator==(const SignerVerdict& verdict, Authority wanted)
    {
        return verdict.authority == wanted;
    }
};
SignerVerdict judge_signer(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
);

} // namespace pmode
