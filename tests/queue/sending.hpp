// SPDX-License-Identifier: Apache-2.0
// What tests of claims and of settlements have in common.
#pragma once

#include "opened.hpp"

namespace queue {

// How an attempt ended that took the second before `when`.
inline Settlement settlement(const std::string& id, State state, std::int64_t when)
{
    Settlement settled{.id = id, .state = state, .at = at(when)};
    settled.attempt = {
        .started = at(when - 1),
        .took = base::Duration(900),
        .endpoint = "https://b/as4",
        .tls_peer = "CN=b",
        .http_status = 200,
        .bytes = 1234
    };
    return settled;
}

inline Message find(Queue& queue, const std::string& id)
{
    auto found = queue.find(id, queue::Visibility::all());
    REQUIRE(found);
    return std::move(*found);
}

inline std::vector<std::string> ids(const std::vector<Job>& jobs)
{
    std::vector<std::string> result;
    for (const auto& job : jobs)
        result.push_back(job.id);
    return result;
}

} // namespace queue
