// SPDX-License-Identifier: Apache-2.0
// Finds the message of ours that each receipt and each error of a SOAP message refers to. Private
// to as4.
#pragma once

#include "ebms/message.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace as4 {

// Returns the MessageId that an error refers to; "" if signal and error name different messages, or
// no message.
std::string_view subject_of(const ebms::SignalMessage& signal, const ebms::Error& error);

// The receipts and errors of a SOAP message that refer to one message.
struct About {
    std::vector<std::pair<const ebms::SignalMessage*, const ebms::Receipt*>> receipts;
    std::vector<ebms::Error> errors;
    std::vector<std::string> others; // receipts and errors about other messages, for people
};
About about(const ebms::Signals& signals, std::string_view message_id);

// Joins at most 20 names with commas, for logs and people.
std::string joined(const std::vector<std::string>& names);

} // namespace as4
