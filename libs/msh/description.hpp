// SPDX-License-Identifier: Apache-2.0
// The description of a message whose payloads a producer submits as a form, as plain values.
// Omitted values come from the P-Mode or are generated.
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
    std::string character_set;    // empty = not given
    std::optional<bool> compress; // nothing = as in the P-Mode
    std::vector<ebms::Property> properties;
};

struct Description {
    // Four-corner: the participants. The recipient decides the peer.
    Participant original_sender;
    Participant final_recipient;
    std::string peer;              // without four corners: the name of the [[peer]]
    ebms::Service service;         // empty value or type = the P-Mode's, if it has exactly one
    std::string action;            // empty = the P-Mode's, if it has exactly one
    std::string conversation_id;   // empty = generated [TA18]
    std::string ref_to_message_id; // empty = absent
    std::string message_id;        // empty = generated
    std::vector<ebms::Property> properties;
    std::string idempotency_key;                // empty = message_id, if that is given
    std::optional<base::Duration> time_to_live; // nothing = the P-Mode's
    // In PartInfo order, whatever the order of the fields [TA45]. Nothing = all fields, in order of
    // arrival.
    std::optional<std::vector<DescribedPayload>> payloads;
};

// Whether the text is an accepted Content-ID: only characters of RFC 2392 that need no escape in a
// URL and no quotes in a header, and at most 255 of them.
bool is_content_id(std::string_view text);
inline constexpr std::string_view content_id_rule =
    "letters, digits and . _ - @ = + are taken, at most 255";

// Parses the octets of the form's field `message`. Returns errors of its own.
using ReadDescription = std::function<base::Result<Description>(base::BytesView octets)>;

// SHA-256 over all values of the description. Descriptions with the same digest mean the same
// message. The idempotency key and the time to live are left out, because a later repeat of a
// submission may ask for less time.
base::Bytes digest(const Description& description);

} // namespace msh
