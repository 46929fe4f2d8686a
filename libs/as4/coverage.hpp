// SPDX-License-Identifier: Apache-2.0
// Checks that PayloadInfo, the signature and the encryption of a message agree. The check uses the
// verified header and runs before our private key is used.
#pragma once

#include "as4/attachment.hpp"
#include "ebms/message.hpp"
#include "wss/signature.hpp"

#include <vector>

namespace as4 {

// True for an EncName of XML 1.0 4.3.3 with at most 64 characters. [AS4 3.1] requires an EncName in
// the part property CharacterSet.
bool is_encoding_name(std::string_view text);

// Returns the expected parts in PartInfo order. Each part has a unique "cid:" URI, is signed, and
// is encrypted if the P-Mode requires encryption. The message neither signs nor encrypts a part
// that PayloadInfo does not name.
// errc::part_mismatch, not_encrypted, bad_part_property; wss::errc::not_covered: a part is not
// signed; mime::errc::limit: more parts than the P-Mode allows.
base::Result<std::vector<ExpectedPart>> check_coverage(
    const ebms::UserMessage& message, const wss::SignedParts& signed_parts,
    const std::optional<wss::Encryption>& encryption, const pmode::PMode& pmode
);

} // namespace as4
