// SPDX-License-Identifier: Apache-2.0
// Finds the parts of a SOAP message that brings us signals. More is skipped here than in
// wss::locate(): a receipt proves by what is signed, and no other header block can change that.
// What is verified and what is read are the same nodes, as there.
#pragma once

#include "wss/envelope.hpp"

#include <string>
#include <vector>

namespace as4 {

struct SignalEnvelope {
    wss::Envelope parts;
    // Header blocks that a SOAP node would have to obey and that are skipped, for logs and people.
    std::vector<std::string> unused;
};

// The one eb:Messaging and the one wsse:Security that are meant for us [SOAP 1.2 Part 1, 2.2]:
// without a role, or for the ultimate receiver or the next node. Where no eb:Messaging is meant for
// us so, the one for the next MSH is [ebMS Part 2]. Blocks for other roles are skipped. So are
// blocks with mustUnderstand: SOAP forbids to process such a message, but a receipt that is thrown
// away costs the same payload sent again, and it proves the same without that block.
// wss::errc::bad_envelope: not SOAP 1.2, Header or Body missing, no eb:Messaging, or two of a kind
// for us.
base::Result<SignalEnvelope> locate_signals(const xml::Document& document);

} // namespace as4
