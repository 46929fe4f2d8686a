// SPDX-License-Identifier: Apache-2.0
// Makes our receipt: a copy of each ds:Reference of the sender's signature, signed by us
// [AS4 5.1.8].
#include "as4/signals.hpp"

#include "base/id.hpp"

namespace as4 {

base::Result<MadeReceipt>
make_receipt(const Verified& verified, const crypto::Signer& signer, base::Time now)
{
    const auto& tokens = verified.peer().pmode.algorithms.signature_token;
    if (tokens.empty()) return base::Error(pmode::errc::invalid, "no signature token form");
    ebms::MessageInfo info;
    info.timestamp = now;
    info.message_id = base::uuid() + "@kurir";
    info.ref_to_message_id = verified.message().info.message_id;
    wss::ToSign to_sign;
    to_sign.messaging_id = "messaging-" + base::uuid();
    to_sign.messaging = ebms::write_receipt(info, verified.references(), to_sign.messaging_id);
    to_sign.token = tokens.front();
    auto envelope = wss::sign(to_sign, signer);
    if (!envelope) return envelope.error();
    return MadeReceipt{std::move(info.message_id), std::move(envelope->soap)};
}

} // namespace as4
