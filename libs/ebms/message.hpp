// SPDX-License-Identifier: Apache-2.0
// eb:Messaging as plain values: UserMessage and the signals, read from a node and written in
// canonical form (ebMS 3.0 Core 5.2, ebms-header-3_0-200704.xsd, AS4 1.0).
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
    // Empty = absent; then value must be a URI [ebMS 5.2.2.4], which the P-Mode judges.
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
    std::string href; // "cid:…"; empty = payload in the Body, which the profile does not have
    std::vector<Property> properties;
    // The value of a part property, "" if absent.
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
    std::string property(std::string_view name) const; // of MessageProperties, "" if absent
};

// The test service [EBMS 5.2.2.8-9, ED115 1.4.4.3]: receipted as any message, never delivered.
inline constexpr std::string_view test_service =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/service";
inline constexpr std::string_view test_action =
    "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/test";

struct Receipt {
    // Each ds:Reference of NonRepudiationInformation; empty for a reception awareness receipt.
    std::vector<xml::Node> references;
    std::string flaw; // why the references cannot be used, for people; empty: no flaw
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
// [EBMS 6.2.5] A warning says that nothing failed. Every other spelling of a severity is a failure:
// the specification's own examples print "error" and "fatal".
bool is_warning(const Error& error);
// "EBMS:0004 Other: detail: description", for logs and people. At most 1000 octets for each call.
std::string describe(const std::vector<Error>& errors);

// An error signal to write.
struct ErrorSignal {
    MessageInfo info;
    std::vector<Error> errors;
};

// An eb:SignalMessage as read. Values that are missing or unusable are empty, longer ones are cut.
struct SignalMessage {
    MessageInfo info;              // timestamp: zero if absent or unreadable
    std::vector<Receipt> receipts; // the schema has at most one
    std::vector<Error> errors;     // the first 100
};

// The signals of an eb:Messaging. Each is judged alone, so that an odd one spoils no other.
struct Signals {
    std::vector<SignalMessage> messages; // in document order; also those without receipt and error
    // Everything else, by name, for logs and people: "UserMessage u1@x", "PullRequest". The first
    // 20 names.
    std::vector<std::string> unused;
    bool has_user_message = false; // an eb:UserMessage is among them
};

using Message = std::variant<UserMessage, Signals>;

// Reads an eb:Messaging. A UserMessage is read strictly: only a missing xml:lang and foreign
// elements behind it are accepted. Signals are read as by read_signals(), and at least one must
// hold a receipt or an error. errc::inconsistent for a UserMessage beside a signal.
base::Result<Message> read(xml::Node messaging);
// Reads the signals of an eb:Messaging that answers a message of ours. Element kinds and attributes
// that we do not know are skipped [ebMS 5.2.3]; the schema's order is not demanded. A UserMessage
// is never read here, only named in `unused`. errc::invalid_header for another element.
base::Result<Signals> read_signals(xml::Node messaging);
// What can be known of a broken header, so that an error can name the message: "" if nothing.
std::string message_id_of(xml::Node messaging);

// Writers give eb:Messaging in exclusive canonical form, with S12:mustUnderstand="true" and
// wsu:Id=id.
base::Bytes write(const UserMessage& message, std::string_view id);
// `references` are ds:Reference elements in canonical form, as they stood in the message
// [AS4 5.1.8].
base::Bytes write_receipt(
    const MessageInfo& info, const std::vector<base::Bytes>& references, std::string_view id
);
base::Bytes write(const ErrorSignal& signal, std::string_view id);

} // namespace ebms
