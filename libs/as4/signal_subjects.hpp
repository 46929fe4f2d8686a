// SPDX-License-Identifier: Apache-2.0
// Which message of ours each receipt and each error of a SOAP message is about. Private to as4.
#pragma once

#include "ebms/message.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace as4 {

// The message that an error is about: "" if signal and error name different ones, or none.
std::string_view subject_of(const ebms::SignalMessage& signal, const ebms::Error& error);

// What a SOAP message says about one message.
struct About {
    std::vector<std::pair<const ebms::SignalMessage*, const ebms::Receipt*>> receipts;
    std::vector<ebms::Error> errors;
    std::vector<std::string> others; // signals about other messages
};
About about(const ebms::Signals& signals, std::string_view message_id);

// At most 20 names, for logs and people.
std::string joined(const std::vector<std::string>& names);

} // namespace as4
