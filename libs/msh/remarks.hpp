// SPDX-License-Identifier: Apache-2.0
// What a peer said beside a receipt that proves delivery. It changes no state; it is kept with the
// message and logged.
#pragma once

#include "as4/signals.hpp"
#include "queue/records.hpp"

#include <string>
#include <vector>

namespace msh {

// The events to record with the proof: "warning" (errors of severity warning), "contradiction"
// (errors of severity failure about the message that the receipt proves), "other_content"
// (everything else in the SOAP message of the receipt).
std::vector<queue::Remark> remarks_of(const as4::ReceiptProof& proof);

// One line of text for people; "" without remarks.
std::string describe(const std::vector<queue::Remark>& remarks);

// `remarks`: those that are new to the record. Whoever has the octets of a signal can send it
// again, and an incident must not be repeated.
// One log line for each remark: its level, what it means and who must act. A contradiction is an
// incident of level error.
void log_remarks(
    const std::vector<queue::Remark>& remarks, const std::string& id, const queue::Header& header
);

} // namespace msh
