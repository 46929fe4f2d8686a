// SPDX-License-Identifier: Apache-2.0
// From the verdict on a signer to the error that says so.
#pragma once

#include "as4/errc.hpp"
#include "pmode/pmode.hpp"

namespace as4 {

// What the signature is on: the codes differ, since different texts and answers follow.
enum class SignerOf { message, signal };

// Whether `signer` speaks for `peer` at that time. errc::not_authorised, signer_* or
// wss::errc::policy (key too short) for a message; receipt_signer or receipt_signer_* for a signal.
// The detail is for the log of this access point: reason, certificate, configuration key.
base::Result<> check_signer(
    SignerOf what, const pmode::Peer& peer, const crypto::TrustStore& trust,
    const crypto::Certificate& signer, const std::vector<crypto::Certificate>& brought,
    base::Time now
);

// Whether the date of this machine decided against the signer. While the clock is in doubt nothing
// is refused for good by that.
bool depends_on_time(const base::Error& error);

} // namespace as4
