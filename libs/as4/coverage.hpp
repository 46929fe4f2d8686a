// SPDX-License-Identifier: Apache-2.0
// What must hold between PayloadInfo, the signature and the encryption of a message, judged on the
// verified header before our private key is used.
#pragma once

#include "as4/attachment.hpp"
#include "ebms/message.hpp"
#include "wss/signature.hpp"

#include <vector>

namespace as4 {

// XML 1.0 4.3.3 EncName: what [AS4 3.1] has for the part property CharacterSet.
bool is_encoding_name(std::string_view text);

// The parts to expect, in PartInfo order: each is a "cid:" once, signed, and encrypted if the
// P-Mode wants it; nothing is signed or encrypted that PayloadInfo does not name.
// errc::part_mismatch, not_encrypted, bad_part_property; wss::errc::not_covered; mime::errc::limit
// for too many.
base::Result<std::vector<ExpectedPart>> check_coverage(
    const ebms::UserMessage& message, const wss::SignedParts& signed_parts,
    const std::optional<wss::Encryption>& encryption, const pmode::PMode& pmode
);

} // namespace as4
