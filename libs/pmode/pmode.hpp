// SPDX-License-Identifier: Apache-2.0
// Peers and their P-Modes. Finds the peer that a message belongs to, and judges whether a
// certificate may sign for a peer.
#pragma once

#include "crypto/trust.hpp"
#include "pmode/parameters.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pmode {

// An access point that we exchange messages with. A [[peer]] table of the configuration describes
// the peer; there is no discovery.
struct Peer {
    std::string name;     // of the table, for logs and the CLI
    std::string party_id; // the peer's eb:PartyId
    std::string url;      // PMode[1].Protocol.Address
    // The exact certificates with which the peer signs. Empty = a CA must have issued the signer's
    // certificate, and its CN must be party_id.
    std::vector<crypto::Certificate> pinned;
    // Signing certificates to which a SubjectKeyIdentifier, or an issuer and serial number, may
    // refer. Being in this list does not make a certificate trusted.
    std::vector<crypto::Certificate> looked_up;
    // The peer's encryption certificate. Required for sending if the P-Mode demands encryption.
    std::optional<crypto::Certificate> encryption;
    // The participants that the peer serves, such as "0203:kommun.example". "*" = every participant
    // that no other peer serves.
    std::vector<std::string> participants;
    PMode pmode; // the preset with this peer's changes

    // Returns the certificates to which a token reference without a certificate may refer, pinned
    // ones first, each once. The result may hold an old and a renewed certificate of the same key.
    // The caller must choose one that is valid.
    std::vector<crypto::Certificate> known() const;
};

struct Match {
    const Peer* peer = nullptr; // valid as long as the PModes object
};

class PModes {
public:
    // `own_party` is our eb:PartyId. errc::invalid if two peers have the same name or party id or
    // serve the same participant, or if a party id is empty or cannot stand in a header.
    static base::Result<PModes> make(std::string own_party, std::vector<Peer> peers);
    const std::string& own_party() const { return own_party_; }
    const std::vector<Peer>& peers() const { return peers_; }

    // Finds the peer, and so the P-Mode, of a received UserMessage. Compares values and types of
    // the party ids (errc::no_match) and everything that conforms() compares, with the errors of
    // conforms().
    base::Result<Match> match(const ebms::UserMessage& message) const;
    // Finds the peer that serves a participant; otherwise the peer with "*". errc::unknown_peer.
    base::Result<Match> route(std::string_view participant) const;
    const Peer* by_name(std::string_view name) const;

private:
    std::string own_party_;
    std::vector<Peer> peers_;
};

// The verdict on a signer's certificate.
enum class Authority {
    granted,
    not_pinned, // the peer has pinned certificates, and the signer's is not among them
    untrusted,  // no CA of node.trust issued the certificate
    untimely,   // the certificate, or a CA in its chain, has expired or is not yet valid
    // A CA certificate, a key usage without digitalSignature, or a chain that is broken or weak.
    unfit,
    wrong_party, // trusted, but the CN is not the peer's party id
    weak_key     // trusted, but the key is shorter than the P-Mode's minimum_strength
};
struct SignerVerdict {
    Authority authority = Authority::granted;
    // Only for the log of this access point, never for the peer. Names the reason, the certificate
    // (subject, issuer, serial, validity) and the configuration key that would change the verdict.
    std::string reason;
    friend bool operator==(const SignerVerdict& verdict, Authority wanted)
    {
        return verdict.authority == wanted;
    }
};
// Judges whether `signer` may sign for `peer` [DIGG TP-AS4 2.10, AP-KS 3.1.5]. If the peer has
// pinned certificates, `signer` must be one of them and within its validity period. Otherwise
// `trust` must accept `signer`, and its CN must be the party id. `brought` are further certificates
// from the message, which help to build the chain.
SignerVerdict judge_signer(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
);

} // namespace pmode
