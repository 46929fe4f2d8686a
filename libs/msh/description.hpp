// SPDX-License-Identifier: Apache-2.0
// What a producer says of a message whose payloads it hands over as a form, as plain values. What
// it leaves out comes from the P-Mode or is made here.
#pragma once

#include "base/time.hpp"
#include "ebms/message.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace msh {

struct Participant {
    std::string id;
    std::string scheme; // type of the property; empty = the P-Mode's
};

struct DescribedPayload {
    std::string part;             // the form's field
    std::string content_id;       // empty = the field's name
    std::string mime_type;        // empty = the field's own Content-Type
    std::string character_set;    // empty = not told
    std::optional<bool> compress; // nothing = as the P-Mode has it
    std::vector<ebms::Property> properties;
};

struct Description {
    // Four-corner: the participants; the recipient's access point is looked up.
    Participant original_sender;
    Participant final_recipient;
    std::string peer;              // otherwise: the name of the [[peer]]
    ebms::Service service;         // empty value or type = the P-Mode's, if it has exactly one
    std::string action;            // the same
    std::string conversation_id;   // empty = made here [TA18]
    std::string ref_to_message_id; // empty = absent
    std::string message_id;        // empty = made here
    std::vector<ebms::Property> properties;
    std::string idempotency_key;                // empty = message_id, if that is given
    std::optional<base::Duration> time_to_live; // nothing = the P-Mode's
    // In PartInfo order, whatever the order of the fields [TA45]. Nothing = all fields as they
    // come.
    std::optional<std::vector<DescribedPayload>> payloads;
};

// Of what RFC 2392 allows, that which needs no escape in an URL and no quotes in a header.
bool is_content_id(std::string_view text);
inline constexpr std::string_view content_id_rule =
    "letters, digits and . _ - @ = + are taken, at most 255";

// Reads the octets of the form's field `message`; an error of the reader's own.
using ReadDescription = std::function<base::Result<Description>(base::BytesView octets)>;

// SHA-256 over all that is said of the message: two descriptions with the same digest mean the same
// one. The idempotency key and the time to live are no part of it: who repeats a submission later
// may ask for less time.
base::Bytes digest(const Description& description);

} // namespace msh
