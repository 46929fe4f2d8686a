// SPDX-License-Identifier: Apache-2.0
// eb:Messaging as plain values: UserMessage and signals. Functions here read them from a node and
// write them in canonical form (ebMS 3.0 Core 5.2, ebms-header-3_0-200704.xsd, AS4 1.0).
#pragma once

#include "base/time.hpp"
#include "ebms/errc.hpp"
#include "ebms/error_code.hpp"
#include "xml/document.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ebms {

struct MessageInfo {
    base::Time timestamp;
    std::string message_id;        // RFC 2822 msg-id without angle brackets
    std::string ref_to_message_id; // empty = absent
};

struct PartyId {
    std::string value;
    // Empty = absent. The standard then requires a URI as the value [ebMS 5.2.2.4]. The P-Mode
    // decides whether an absent type is accepted.
    std::string type;
    friend bool operator==(const PartyId&, const PartyId&) = default;
};

struct Party {
    PartyId id; // exactly one in eDelivery [TA03]
    std::string role;
};

struct Service {
    std::string value;
    std::string type;
    friend bool operator==(const Service&, const Service&) = default;
};

struct AgreementRef {
    std::string value;
    std::string type;
    std::string pmode;
    friend bool operator==(const AgreementRef&, const AgreementRef&) = default;
};

struct Property {
    std::string name;
    std::string value;
    std::string type; // empty = absent
};

struct PartInfo {
    std::string href; // "cid:…"; empty = payload in the SOAP Body, which the profile forbids
    std::vector<Property> properties;
    // Returns the value of a part property, "" if absent.
    std::string property(std::string_view name) const;
};

struct UserMessage {
    std::string mpc; // empty = default
    MessageInfo info;
    Party from;
    Party to;
    std::optional<AgreementRef> agreement;
    Service service;
    std::string action;
    std::string conversation_id;
    std::vector<Property> properties;
    std::vector<PartInfo> parts; // in PartInfo order, which is significant [TA45]
    // Returns the value of a property in MessageProperties, "" if absent.
    std::string property(std::string_view name) const;
};

// The test service [EBMS 5.2.2.8-9, ED115 1.4.4.3]. A test message gets a receipt like any other
// message, but is never delivered.
inline constexpr std::string_view test_service =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service";
inline constexpr std::string_view test_action =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/test";

struct Receipt {
    // Every ds:Reference in NonRepudiationInformation; empty for a reception awareness receipt.
    std::vector<xml::Node> references;
    // Explains why the references are unusable, for the log; empty = no flaw.
    std::string flaw;
};

struct Error {
    std::string code;
    std::string severity;
    std::string category;
    std::string origin;
    std::string short_description;
    std::string ref_to_message; // refToMessageInError
    std::string description;
    std::string detail;
};
// [EBMS 6.2.5] A warning means that nothing failed. Every severity other than "warning" (in any
// case) counts as a failure: the examples of the specification use "error" and "fatal".
bool is_warning(const Error& error);
// Returns "EBMS:0004 Other: detail: description" for each error, joined with "; ", for logs and
// problem documents. At most 1000 octets in total.
std::string describe(const std::vector<Error>& errors);

// An outgoing error signal.
struct ErrorSignal {
    MessageInfo info;
    std::vector<Error> errors;
};

// An eb:SignalMessage as received. Missing or unusable values are empty. Values over a limit are
// cut, except the ids in MessageInfo, which are then empty.
struct SignalMessage {
    MessageInfo info;              // the timestamp is zero if absent or unreadable
    std::vector<Receipt> receipts; // the schema allows at most one
    std::vector<Error> errors;     // the first 100
};

// The signals of an eb:Messaging. Each is evaluated independently, so that a malformed signal does
// not affect the others.
struct Signals {
    // In document order, including signals with neither a receipt nor an error.
    std::vector<SignalMessage> messages;
    // The names of all other elements, for the log: "UserMessage u1@x", "PullRequest". At most 20.
    std::vector<std::string> unused;
    bool has_user_message = false; // the eb:Messaging has an eb:UserMessage
};

using Message = std::variant<UserMessage, Signals>;

// Reads an eb:Messaging with one UserMessage, or with signals.
// - UserMessage: read strictly. Also accepted are a missing xml:lang, a Timestamp without a zone,
//   and elements of other namespaces behind the UserMessage.
// - Signals: read as in read_signals(). At least one must have a receipt or an error.
// errc::inconsistent for both together or for two UserMessages, errc::unsupported for a PullRequest
// or multi-hop, errc::invalid_header for other violations of the schema.
base::Result<Message> read(xml::Node messaging);
// Reads the signals of an eb:Messaging that answers an outgoing message. Skips unknown elements and
// attributes [ebMS 5.2.3], and accepts any order of elements. Does not read a UserMessage, only
// names it in `unused`. errc::invalid_header if the node is not an eb:Messaging.
base::Result<Signals> read_signals(xml::Node messaging);
// Returns the MessageId of an eb:Messaging that may be malformed, so that an error signal can refer
// to the message. Returns "" if there is no valid MessageId.
std::string message_id_of(xml::Node messaging);

// The writers return eb:Messaging in exclusive canonical form, with S12:mustUnderstand="true" and
// wsu:Id=`id`.
base::Bytes write(const UserMessage& message, std::string_view id);
// `references` are the ds:Reference elements of the received message, in canonical form
// [AS4 5.1.8].
base::Bytes write_receipt(
    const MessageInfo& info, const std::vector<base::Bytes>& references, std::string_view id
);
base::Bytes write(const ErrorSignal& signal, std::string_view id);

} // namespace ebms
