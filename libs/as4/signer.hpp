// SPDX-License-Identifier: Apache-2.0
// Checks the signer of a message or signal, and maps the verdict to an error.
#pragma once

#include "as4/errc.hpp"
#include "pmode/pmode.hpp"

namespace as4 {

// The kind of the signed object. The error codes differ, because texts and answers differ.
enum class SignerOf { message, signal };

// Checks whether `signer` may sign for `peer` at the time `now`. `brought` are the certificates in
// the message. The error detail is for the log of this access point: reason, certificate,
// configuration key.
// For a message: errc::not_authorised, signer_* or wss::errc::policy (key too short). For a signal:
// errc::receipt_signer or receipt_signer_*.
base::Result<> check_signer(
    SignerOf what, const pmode::Peer& peer, const crypto::TrustStore& trust,
    const crypto::Certificate& signer, const std::vector<crypto::Certificate>& brought,
    base::Time now
);

// True if the signer was refused because of the date of this machine. While the clock is in doubt,
// such a refusal must not be permanent.
bool depends_on_time(const base::Error& error);

} // namespace as4
