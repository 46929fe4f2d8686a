// SPDX-License-Identifier: Apache-2.0
// P-Mode parameters (ebMS 3.0 Core appendix D, AS4, eDelivery AS4 1.15): everything that two
// parties agree on before an exchange. A P-Mode is data only, and every value that a federation may
// change is a field here. presets.cpp has a preset for each network.
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
    std::optional<std::string> type; // nothing = any type or none
    bool required = true;
};

// PMode[1].BusinessInfo.PayloadProfile[]: a payload part the parties agreed on.
struct PayloadRule {
    std::string content_id;     // agreed by both sides
    std::string mime_type;      // before compression; empty = any
    std::uint64_t max_size = 0; // octets before compression; 0 = no limit of its own
    bool required = true;
};

// PMode[1].Security.SendReceipt.ReplyPattern of the receipts that a peer sends us. Our own receipts
// always travel in the HTTP response.
enum class ReplyPattern { response, callback };

struct PayloadLimits {
    std::uint64_t compressed = 3ull << 30; // octets of one part on the wire
    std::uint64_t inflated = 4ull << 30;   // octets of one part as delivered
    // Largest quotient of inflated and compressed size. Checked only for parts that inflate to more
    // than compression_ratio_floor.
    std::uint64_t ratio = 200;
    std::uint64_t compression_ratio_floor = 10ull << 20; // octets
    // Octets of an uncompressed text or XML part. Such a part is held in memory as a whole, because
    // its digest needs a canonical form.
    std::uint64_t plain_text = 1ull << 20;
    std::size_t parts = 16; // per message
};

// The signed wsu:Timestamp of UserMessages [WSS 1.1.1, 10]. Neither ebMS nor eDelivery AS4 has a
// P-Mode parameter for the Timestamp, but SDK's architecture names it [SAD 6.2.2 CTR2-5].
struct TimestampTerms {
    bool required = false;                             // in messages that we receive
    bool sent = false;                                 // in messages that we send
    base::Duration lifetime = std::chrono::minutes(5); // Expires - Created in messages that we send
    base::Duration skew = std::chrono::minutes(5); // tolerated between the peer's clock and ours
};

struct PMode {
    std::string id; // PMode.ID: the name of the preset or of the [[pmode]] table
    // PMode.Agreement. Nothing = we send none and accept any.
    std::optional<ebms::AgreementRef> agreement;
    // Types of the party ids in PMode.Initiator.Party and PMode.Responder.Party. A party has the
    // same type in both roles, and most networks use one type for all parties. Empty = no type; the
    // ids must then be URIs.
    std::string party_type; // of the peer's id
    std::string own_party_type;
    // If true, a received PartyId without type counts as a PartyId of the agreed type. If false, a
    // PartyId without type is accepted only if it is a URI and no type is agreed. Messages that we
    // send carry the agreed types in both cases.
    bool accept_untyped_party_ids = false;
    std::string initiator_role;
    std::string responder_role;
    std::optional<std::string> service_type; // nothing = any type or none
    std::vector<std::string> services;       // values of PMode[1].BusinessInfo.Service; empty = any
    std::vector<std::string> actions;        // values of PMode[1].BusinessInfo.Action; empty = any
    std::string participant_scheme;          // type of originalSender and finalRecipient
    std::string mpc;                         // PMode[1].BusinessInfo.MPC
    std::string payload_content_id;          // Content-ID of the one payload we send
    std::string payload_mime_type;
    // Four-corner profile: the properties originalSender and finalRecipient name the participants.
    // If false, the parties themselves are sender and recipient.
    bool four_corner = true;
    std::vector<PropertyRule> properties;     // a message may have others too
    std::vector<PayloadRule> payload_profile; // empty = any parts
    // PayloadProfile.maxSize: octets of all parts before compression; 0 = no limit.
    std::uint64_t max_payload_total = 0;
    bool compress = true; // PMode[1].PayloadService.CompressionType of messages that we send
    ReplyPattern receipt_reply = ReplyPattern::response;
    // For ReplyPattern::callback only. After a 2xx without a receipt, we wait this long for the
    // receipt before we send the message again.
    base::Duration receipt_timeout = std::chrono::minutes(5);
    bool must_encrypt = true; // PMode[1].Security.X509.Encryption
    TimestampTerms timestamp;
    wss::Algorithms algorithms; // PMode[1].Security.X509.*
    // PMode[1].Security.X509.Encryption.MinimumStrength, in bits of an RSA key. A message from a
    // signer with a shorter key is refused. No message is encrypted for a recipient with a shorter
    // key.
    std::uint64_t minimum_strength = 2048;
    Retry retry;
    PayloadLimits limits;

    // Returns whether this service and action are agreed, for sending and for receiving. The test
    // service is always agreed [ED115 1.4.4.3].
    bool covers(std::string_view service, std::string_view action) const;
    // Returns the limits for the part with this Content-ID, when the earlier parts have `taken`
    // octets after inflation. The result is `limits`, but `inflated` is at most the max_size of the
    // part's rule and at most the rest of max_payload_total.
    PayloadLimits limits_of(std::string_view content_id, std::uint64_t taken) const;
};

// Checks a sent or received message against its P-Mode. The roles of the parties are compared;
// their ids are not. A test message needs neither properties nor payloads.
// - errc::no_match: a value that selects a P-Mode differs.
// - errc::inconsistent: properties or payloads are not the agreed ones, or a Service or
//   AgreementRef without type is not a URI.
// - errc::untyped_party: a PartyId without type is not a URI, and the P-Mode does not accept that.
base::Result<> conforms(const ebms::UserMessage& message, const PMode& mode);
bool is_test(const ebms::UserMessage& message);
// [EBMS 5.2.2.4] Checks that a PartyId without type is a URI. errc::untyped_party.
base::Result<> check_party_ids(const ebms::UserMessage& message);

// [RFC 2045 5.1] Returns whether a media type is the agreed one. Type, subtype and every parameter
// of the agreed media type must be equal, in upper or lower case. A parameter may be quoted or not.
// Further parameters are allowed.
bool is_media_type(std::string_view given, std::string_view agreed);

// Returns the key transports of peers older than eDelivery AS4 1.13: SHA-1 in OAEP or in its mask
// function. We accept such a key transport only if an agreement says so, and never send it.
std::vector<wss::KeyTransport> old_key_transports();

// Returns the preset "sdk" or "edelivery". errc::unknown_preset for another name.
base::Result<PMode> preset(std::string_view name);
std::vector<std::string> preset_names();

} // namespace pmode
