// SPDX-License-Identifier: Apache-2.0
// Whether a signed wsu:Timestamp is fresh by our clock.
#pragma once

#include "as4/errc.hpp"
#include "base/result.hpp"
#include "wss/timestamp.hpp"

namespace as4 {

struct FreshnessLimits {
    // Between two clocks: Created may be so far ahead of ours, and Expires so long past.
    base::Duration skew{};
    // Created of a Timestamp without Expires, as for eb:Timestamp: how old, and how far ahead.
    base::Duration age{};
    base::Duration ahead{};
};

// A Timestamp without Created and Expires says nothing that could be out of date.
// errc::timestamp_expired, max_timestamp_ahead; the detail has both times.
base::Result<>
check_freshness(const wss::Timestamp& timestamp, const FreshnessLimits& limits, base::Time now);

} // namespace as4
