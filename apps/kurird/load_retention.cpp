// SPDX-License-Identifier: Apache-2.0
// A record outlives its payload and the time in which repeats are known by it.
#include "kurird/load_retention.hpp"

#include "base/units.hpp"

#include <algorithm>

namespace kurird {

namespace {

constexpr base::Duration year = std::chrono::days(365);
constexpr base::Duration shortest_pause = std::chrono::seconds(1);

bool is_sdk(const Config& config)
{
    const auto uses_it = [&](const PeerTable& peer) {
        const auto is_its = [&](const PModeTable& table) { return table.mode.id == peer.pmode; };
        const auto table = std::ranges::find_if(config.pmodes, is_its);
        return table == config.pmodes.end() ? peer.pmode == "sdk" : table->based_on == "sdk";
    };
    return std::ranges::any_of(config.peers, uses_it);
}

void check(
    const std::string& where, const queue::Keep& keep, const Config& config, Findings& findings
)
{
    if (std::max(keep.payload, keep.payload_failed) > keep.record)
        findings.mistake(
            where, "a payload would be kept for longer than its record, by which it is found"
        );
    if (keep.record < config.msh.duplicate_window)
        findings.mistake(
            where, "the record would be kept for " + base::to_text(keep.record) +
                       ", less than receive.duplicate_window (" +
                       base::to_text(config.msh.duplicate_window) +
                       "): a repeat is known by it, and would be delivered again"
        );
    if (keep.record < year && is_sdk(config))
        findings.warnings.push_back(
            where + " keeps records for " + base::to_text(keep.record) +
            ": DIGG asks for log rows of at least 12 months"
        );
}

std::string kept(const queue::Keep& keep)
{
    return "payloads " + base::to_text(keep.payload) + ", those of what failed " +
           base::to_text(keep.payload_failed) + ", records " + base::to_text(keep.record);
}

bool same(const queue::Keep& a, const queue::Keep& b)
{
    return a.payload == b.payload && a.payload_failed == b.payload_failed && a.record == b.record;
}

} // namespace

void check_retention(const Config& config, Findings& findings)
{
    const auto& rules = config.msh.retention;
    check("[retention]", rules.usual, config, findings);
    for (const auto& [participant, keep] : rules.of)
        if (!same(keep, rules.usual))
            check("[[participant]] " + participant, keep, config, findings);
    if (config.msh.retention_every < shortest_pause)
        findings.mistake("[retention]", "interval must be at least 1s");
}

std::string describe_retention(const Config& config)
{
    const auto& rules = config.msh.retention;
    auto text = "What has ended is kept: " + kept(rules.usual) + ".\n";
    for (const auto& [participant, keep] : rules.of)
        if (!same(keep, rules.usual)) text += "  Of " + participant + ": " + kept(keep) + ".\n";
    return text;
}

} // namespace kurird
