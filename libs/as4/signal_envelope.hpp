// SPDX-License-Identifier: Apache-2.0
// Finds the parts of a SOAP message with signals. Skips more header blocks than wss::locate(): the
// signed content of a receipt is the proof, and no other header block can change that. As in
// wss::locate(), the verified nodes are the nodes that are read.
#pragma once

#include "wss/envelope.hpp"

#include <string>
#include <vector>

namespace as4 {

struct SignalEnvelope {
    wss::Envelope parts;
    // The skipped header blocks, for logs and people: blocks with mustUnderstand, and eb:Messaging
    // or wsse:Security for another role.
    std::vector<std::string> unused;
};

// Returns the one eb:Messaging and the one wsse:Security for us [SOAP 1.2 Part 1, 2.2]. A block is
// for us if it has no role, or the role of the ultimate receiver or of the next node. If no
// eb:Messaging is for us, the one for the next MSH is used [ebMS Part 2].
// Blocks for other roles are skipped. Unknown blocks with mustUnderstand are skipped, too. SOAP
// forbids processing such a message, but the receipt proves the same without that block. Without
// the receipt, the same payload would be sent again.
// wss::errc::bad_envelope: not SOAP 1.2, Header or Body missing, no eb:Messaging, or two blocks of
// one kind for us.
base::Result<SignalEnvelope> locate_signals(const xml::Document& document);

} // namespace as4
