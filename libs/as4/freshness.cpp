// SPDX-License-Identifier: Apache-2.0
// Freshness of a wsu:Timestamp [WSS 1.1.1, 10].
#include "as4/freshness.hpp"

namespace as4 {

base::Result<>
check_freshness(const wss::Timestamp& timestamp, const FreshnessLimits& limits, base::Time now)
{
    const auto stale = [&](errc code, const char* element, base::Time time) {
        return base::Error(
            code, std::string(element) + " is " + base::to_text(time) + ", and our clock says " +
                      base::to_text(now)
        );
    };
    const auto& [node, created, expires] = timestamp;
    if (expires && *expires < now - limits.skew)
        return stale(errc::timestamp_expired, "Expires", *expires);
    if (created && !expires && *created < now - limits.age)
        return stale(errc::timestamp_expired, "Created", *created);
    if (created && *created > now + (expires ? limits.skew : limits.ahead))
        return stale(errc::timestamp_ahead, "Created", *created);
    return {};
}

} // namespace as4
