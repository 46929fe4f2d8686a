// SPDX-License-Identifier: Apache-2.0
// Checks whether a signed wsu:Timestamp is fresh by our clock.
#pragma once

#include "as4/errc.hpp"
#include "base/result.hpp"
#include "wss/timestamp.hpp"

namespace as4 {

struct FreshnessLimits {
    // For a Timestamp with Expires: the accepted difference between the two clocks. Created may be
    // that far ahead of our clock, and Expires that long ago.
    base::Duration skew{};
    // For a Timestamp without Expires: how old Created may be, and how far ahead of our clock. The
    // limits are those of eb:Timestamp.
    base::Duration age{};
    base::Duration ahead{};
};

// Accepts a Timestamp that has neither Created nor Expires, because nothing in it can be out of
// date.
// errc::timestamp_expired, timestamp_ahead; the detail has the Timestamp's time and ours.
base::Result<>
check_freshness(const wss::Timestamp& timestamp, const FreshnessLimits& limits, base::Time now);

} // namespace as4
