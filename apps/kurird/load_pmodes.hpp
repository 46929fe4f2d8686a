// SPDX-License-Identifier: Apache-2.0
// P-Modes and peers of the configuration, with their certificates, judged before anything starts.
#pragma once

#include "crypto/rsa.hpp"
#include "kurird/findings.hpp"

#include <map>

namespace kurird {

using PModesById = std::map<std::string, pmode::PMode, std::less<>>;

// The presets and what the [[pmode]] tables make of them, by id.
PModesById load_pmodes(const Config& config, Findings& findings);

// Rules that contradict themselves, or promise more attempts than there is time for.
void check_retry(const std::string& where, const pmode::Retry& retry, Findings& findings);

// `own` signs for us; nullptr if it could not be read.
std::vector<pmode::Peer>
load_peers(const Config& config, const crypto::Signer* own, base::Time now, Findings& findings);

} // namespace kurird
