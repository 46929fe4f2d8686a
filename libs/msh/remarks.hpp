// SPDX-License-Identifier: Apache-2.0
// Remarks: other content that a peer sent with a receipt that proves delivery. They change no
// state. They are stored with the message and logged.
#pragma once

#include "as4/signals.hpp"
#include "queue/records.hpp"

#include <optional>
#include <string>
#include <vector>

namespace msh {

// Returns the events to store with the proof: "warning" (errors of severity warning),
// "contradiction" (errors of severity failure about the message that the receipt proves),
// "other_content" (everything else in the SOAP message of the receipt), or "user_message" instead
// of it if a UserMessage that the peer signed is among it.
std::vector<queue::Remark> remarks_of(const as4::ReceiptProof& proof);

// Returns the remark to store if the message has already ended the other way. A proof for a bounced
// message gives "after_bounce". A signed failure for a delivered message gives "contradiction".
// Unsigned errors, warnings and a signed "duplicate" give nothing.
queue::Remark contradiction_of(const as4::ReceiptProof& proof);
std::optional<queue::Remark> contradiction_of(const as4::PeerError& error, int http_status = 0);

// One line of text for people; "" without remarks.
std::string describe(const std::vector<queue::Remark>& remarks);

// Logs one line for each remark: its level, its meaning and who must act. "contradiction" and
// "after_bounce" are incidents of level error. `remarks`: only those that are new to the record,
// because anyone with the octets of a signal can send it again, and an incident must not be
// reported twice.
void log_remarks(
    const std::vector<queue::Remark>& remarks, const std::string& id, const queue::Header& header
);

} // namespace msh
