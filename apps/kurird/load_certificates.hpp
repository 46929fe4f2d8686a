// SPDX-License-Identifier: Apache-2.0
// What the certificates of a configuration say together: their validity, whom they belong to, and
// whether the date of this machine can be right.
#pragma once

#include "crypto/rsa.hpp"
#include "kurird/findings.hpp"
#include "msh/clock_evidence.hpp"

namespace kurird {

// A warning if `certificate` is not valid now, or for less than 14 more days.
void check_times(
    const std::string& where, const crypto::Certificate& certificate, base::Time now,
    Findings& findings
);

// Warnings about the validity of TLS certificates and CAs, of doors, [send] and peers. What cannot
// be read is a mistake where it is loaded.
void check_tls_times(const Config& config, base::Time now, Findings& findings);

// Warnings if node.trust does not fit our own certificate, or a peer's encryption certificate is of
// another CA or another party.
void check_trust(
    const Config& config, const crypto::Signer& signer,
    const std::vector<crypto::Certificate>& anchors, const pmode::PModes& pmodes, base::Time now,
    Findings& findings
);

// All certificates, by owner. This access point comes first; the CAs of node.trust and tls_ca, and
// what [rest] has, are its long-lived ones.
std::vector<msh::ClockWitness> clock_witnesses(
    const Config& config, const crypto::Signer& signer,
    const std::vector<crypto::Certificate>& anchors, const pmode::PModes& pmodes
);

} // namespace kurird
