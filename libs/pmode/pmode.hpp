// SPDX-License-Identifier: Apache-2.0
// P-Modes (ebMS 3.0 Core appendix D, AS4, eDelivery AS4 1.15): everything about an exchange that is
// agreed beforehand. All of it is data; presets per network are in presets.cpp, and every value a
// federation may change is a field here.
#pragma once

#include "base/units.hpp"
#include "crypto/trust.hpp"
#include "ebms/message.hpp"
#include "pmode/errc.hpp"
#include "wss/algorithms.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pmode {

struct Retry { // PMode[1].ReceptionAwareness.Retry
    base::Duration first =
        std::chrono::seconds(30); // wait after the first failed attempt; doubles after each
    base::Duration longest = std::chrono::hours(1); // ceiling of the wait
    base::Duration time_to_live =
        std::chrono::hours(24); // after this, expired (EBMS:0301 to the producer)
};

// PMode[1].BusinessInfo.Properties[]: a message property the parties agreed on.
struct PropertyRule {
    std::string name;
    std::optional<std::string> type; // nothing = any, or none
    bool required = true;
};

// PMode[1].BusinessInfo.PayloadProfile[]: a payload part the parties agreed on.
struct PayloadRule {
    std::string content_id;     // as both sides name it
    std::string mime_type;      // before compression; empty = any
    std::uint64_t max_size = 0; // plain octets; 0 = only the limits below
    bool required = true;
};

// PMode[1].Security.SendReceipt.ReplyPattern of the receipts we are given. What we give is always
// the response.
enum class ReplyPattern { response, callback };

struct PayloadLimits {
    std::uint64_t compressed = 3ull << 30; // of one part as it travels, octets
    std::uint64_t inflated = 4ull << 30;   // of one part after inflating
    std::uint64_t ratio = 200;             // inflated / compressed, judged above ratio_floor only
    std::uint64_t ratio_floor = 10ull << 20;
    std::uint64_t plain_text =
        1ull << 20; // an uncompressed text or XML part, which is kept whole to be canonicalised
    std::size_t parts = 16;
};

struct PMode {
    std::string id; // PMode.ID, the preset's name
    std::optional<ebms::AgreementRef>
        agreement;          // PMode.Agreement; nothing = none sent, any accepted
    std::string party_type; // type of PMode.Initiator.Party and Responder.Party
    std::string initiator_role;
    std::string responder_role;
    std::optional<std::string> service_type; // nothing = any accepted
    std::vector<std::string> services;       // values of PMode[1].BusinessInfo.Service; empty = any
    std::vector<std::string> actions;        // values of PMode[1].BusinessInfo.Action; empty = any
    std::string participant_scheme;          // type of originalSender and finalRecipient
    std::string mpc;                         // PMode[1].BusinessInfo.MPC
    std::string payload_content_id;          // Content-ID of the one payload we send
    std::string payload_mime_type;
    // Four-corner profile: the properties originalSender and finalRecipient name the participants.
    // Without it the parties themselves are sender and recipient.
    bool four_corner = true;
    std::vector<PropertyRule> properties;
    std::vector<PayloadRule> payload_profile; // empty = any parts
    std::uint64_t payload_total = 0; // PayloadProfile.maxSize, plain octets of all parts; 0 = none
    bool compress = true;            // PMode[1].PayloadService.CompressionType of what we send
    ReplyPattern receipt_reply = ReplyPattern::response;
    // With callback: how long a receipt may take after a 2xx without one, before we send again.
    base::Duration receipt_wait = std::chrono::minutes(5);
    bool must_encrypt = true;   // PMode[1].Security.X509.Encryption
    wss::Algorithms algorithms; // PMode[1].Security.X509.*
    Retry retry;
    PayloadLimits limits;

    // Whether this service and action are agreed, for what we send and for what we take.
    bool covers(std::string_view service, std::string_view action) const;
};

// "sdk". errc::unknown_preset.
base::Result<PMode> preset(std::string_view name);
std::vector<std::string> preset_names();

// An access point we exchange messages with, as a [[peer]] table describes it (instead of
// discovery).
struct Peer {
    std::string name;     // of the table, for logs and the CLI
    std::string party_id; // its eb:PartyId
    std::string url;      // PMode[1].Protocol.Address
    std::vector<crypto::Certificate>
        pinned; // exact signing certificates; empty = trust by CA and CN = party_id
    std::optional<crypto::Certificate>
        encryption; // its encryption certificate; required to send to it
    std::vector<std::string>
        participants; // whom it serves: "0203:kommun.example"; "*" = everybody else
    PMode pmode;      // the preset with this peer's changes
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

    // Which peer and P-Mode a received UserMessage belongs to: From, To, roles, types, agreement,
    // MPC, service type. errc::no_match.
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
// validity time too.
enum class Authority { granted, not_trusted, wrong_party };
Authority judge_signer(
    const Peer& peer, const crypto::TrustStore& trust, const crypto::Certificate& signer,
    const std::vector<crypto::Certificate>& brought, base::Time at
);

} // namespace pmode
