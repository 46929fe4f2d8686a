// SPDX-License-Identifier: Apache-2.0
// What tests of retention have in common.
#pragma once

#include "opened.hpp"

#include "queue/retention.hpp"

#include <set>

namespace queue {

inline const RetentionRules rules{
    .usual =
        {.payload = std::chrono::seconds(10),
         .payload_failed = std::chrono::seconds(20),
         .record = std::chrono::seconds(100)}
};

// One run, to its end.
inline Retained run(Queue& queue, std::int64_t now, const RetentionRules& by = rules)
{
    Retained all;
    RetentionCursor place;
    for (int steps = 0; steps < 10'000; ++steps) {
        const auto step = queue.retain(by, at(now), place);
        REQUIRE(step);
        all.add(*step);
        if (!step->more) return all;
    }
    FAIL("a run has no end");
    return all;
}

inline std::set<std::string> payload_files(const base::Path& folder)
{
    std::set<std::string> names;
    for (const auto& name : base::list_folder(folder / "payloads").value())
        names.insert(name.string());
    return names;
}

inline std::uint64_t counted(const Queue& queue)
{
    const auto counts = queue.counts();
    REQUIRE(counts);
    std::uint64_t all = 0;
    for (const auto& of : counts->by_state)
        all += of.second;
    return all;
}

} // namespace queue
