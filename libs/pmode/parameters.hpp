// SPDX-License-Identifier: Apache-2.0
// P-Mode parameters (ebMS 3.0 Core appendix D, AS4, eDelivery AS4 1.15): everything about an
// exchange that is agreed beforehand. All of it is data; presets per network are in presets.cpp,
// and every value a federation may change is a field here.
#pragma once

#include "ebms/message.hpp"
#include "pmode/errc.hpp"
#include "pmode/retry.hpp"
#include "wss/algorithms.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pmode {

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
    std::uint64_t inflated = 4ull << 30;   // of one part as it is delivered, octets
    std::uint64_t ratio = 200; // inflated / compressed, judged above compression_ratio_floor only
    std::uint64_t compression_ratio_floor = 10ull << 20;
    std::uint64_t plain_text =
        1ull << 20; // an uncompressed text or XML part, which is kept whole to be canonicalised
    std::size_t parts = 16;
};

// The signed wsu:Timestamp of UserMessages [WSS 1.1.1, 10]. Neither ebMS nor eDelivery AS4 has a
// parameter for it; SDK's architecture names it [SAD 6.2.2 CTR2-5].
struct TimestampTerms {
    bool required = false;                             // in what we receive
    bool sent = false;                                 // in what we send
    base::Duration lifetime = std::chrono::minutes(5); // of one that we send: Expires - Created
    base::Duration skew = std::chrono::minutes(5);     // between the peer's clock and ours
};

struct PMode {
    std::string id; // PMode.ID: the preset's or the table's name
    // PMode.Agreement; nothing = none sent, any accepted.
    std::optional<ebms::AgreementRef> agreement;
    // Types of PMode.Initiator.Party and PMode.Responder.Party: a type belongs to a party, in
    // whichever role it is; most networks have one for all. Empty = none, then ids are URIs.
    std::string party_type; // of the peer's id
    std::string own_party_type;
    // A received PartyId without type has the one agreed. Otherwise it must be a URI, and no type
    // must be agreed. What we send is typed as agreed all the same.
    bool accept_untyped_party_ids = false;
    std::string initiator_role;
    std::string responder_role;
    std::optional<std::string> service_type; // nothing = any, or none
    std::vector<std::string> services;       // values of PMode[1].BusinessInfo.Service; empty = any
    std::vector<std::string> actions;        // values of PMode[1].BusinessInfo.Action; empty = any
    std::string participant_scheme;          // type of originalSender and finalRecipient
    std::string mpc;                         // PMode[1].BusinessInfo.MPC
    std::string payload_content_id;          // Content-ID of the one payload we send
    std::string payload_mime_type;
    // Four-corner profile: the properties originalSender and finalRecipient name the participants.
    // Without it the parties themselves are sender and recipient.
    bool four_corner = true;
    std::vector<PropertyRule> properties;     // others than these may be there
    std::vector<PayloadRule> payload_profile; // empty = any parts
    std::uint64_t max_payload_total =
        0;                // PayloadProfile.maxSize, plain octets of all parts; 0 = none
    bool compress = true; // PMode[1].PayloadService.CompressionType of what we send
    ReplyPattern receipt_reply = ReplyPattern::response;
    // With callback: how long a receipt may take after a 2xx without one, before we send again.
    base::Duration receipt_timeout = std::chrono::minutes(5);
    bool must_encrypt = true; // PMode[1].Security.X509.Encryption
    TimestampTerms timestamp;
    wss::Algorithms algorithms; // PMode[1].Security.X509.*
    // PMode[1].Security.X509.Encryption.MinimumStrength, as bits of an RSA key: no signer with less
    // is heard, no recipient with less is encrypted to.
    std::uint64_t minimum_strength = 2048;
    Retry retry;
    PayloadLimits limits;

    // Whether this service and action are agreed, for what we send and for what we take. The test
    // service always is [ED115 1.4.4.3].
    bool covers(std::string_view service, std::string_view action) const;
    // The limits of the part of this Content-ID after parts of `taken` plain octets: those of
    // `limits`, with `inflated` no more than its rule and the total leave.
    PayloadLimits limits_of(std::string_view content_id, std::uint64_t taken) const;
};

// What of a message is not as its P-Mode has it, sent or received; of the parties their roles only.
// errc::no_match: what selects a P-Mode differs. errc::inconsistent: its properties or payloads are
// not the agreed ones, or a value without type is no URI; errc::untyped_party if that is a party id
// and the P-Mode does not accept it. A test message needs neither properties nor payloads.
base::Result<> conforms(const ebms::UserMessage& message, const PMode& mode);
bool is_test(const ebms::UserMessage& message);
// [EBMS 5.2.2.4] a PartyId without type must be a URI. errc::untyped_party.
base::Result<> check_party_ids(const ebms::UserMessage& message);

// [RFC 2045 5.1] whether a media type is the agreed one: type and subtype in either case, and every
// parameter that the agreed one has, quoted or not. Others may be there.
bool is_media_type(std::string_view given, std::string_view agreed);

// Key transports of peers older than eDelivery AS4 1.13, which are accepted where an agreement says
// so and never sent: SHA-1 in OAEP or its mask.
std::vector<wss::KeyTransport> old_key_transports();

// "sdk", "edelivery". errc::unknown_preset.
base::Result<PMode> preset(std::string_view name);
std::vector<std::string> preset_names();

} // namespace pmode
