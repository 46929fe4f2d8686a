// SPDX-License-Identifier: Apache-2.0
// Marks that contradict each other would leave a door shut for ever, or open and close it with
// every message.
#include "kurird/load_pressure.hpp"

#include "base/file.hpp"
#include "base/units.hpp"

namespace kurird {

namespace {

constexpr std::uint64_t min_reserve = 16ull << 20;     // what the store's own log may need
constexpr std::uint64_t min_log_warning = 24ull << 20; // 16 MB are usual between checkpoints
constexpr base::Duration shortest_wait = std::chrono::seconds(1);
constexpr base::Duration max_wait = std::chrono::hours(24);
constexpr std::size_t connections_of_others = 16;                     // than those who submit
constexpr base::Duration max_backlog_wait = std::chrono::seconds(30); // clients have time-outs, too

} // namespace

void check_pressure(const Config& config, Findings& findings)
{
    const auto& marks = config.msh.watermarks;
    if (marks.disk_stop < min_reserve)
        findings.mistake(
            "[pressure]",
            "disk_stop must be at least 16MB: below it acknowledgements and the results of "
            "sending must still find room"
        );
    if (marks.disk_resume < marks.disk_stop)
        findings.mistake("[pressure]", "disk_resume is less than disk_stop: both are free space");
    if (marks.queue_resume > marks.queue_stop)
        findings.mistake("[pressure]", "queue_resume is more than queue_stop");
    if (marks.memory_resume > marks.memory_stop)
        findings.mistake("[pressure]", "memory_resume is more than memory_stop");
    if (config.queue.log_warning < min_log_warning)
        findings.mistake(
            "[pressure]", "log_warning must be at least 24MB: 16MB of log are usual between two "
                          "checkpoints"
        );
    if (marks.log_stop < config.queue.log_warning)
        findings.mistake(
            "[pressure]",
            "log_stop is less than log_warning: nobody would be warned before messages "
            "are refused"
        );
    if (marks.retry_after < shortest_wait || marks.retry_after > max_wait)
        findings.mistake("[pressure]", "retry_after must be from 1s to 1d");
    if (marks.backlog_wait > max_backlog_wait)
        findings.mistake(
            "[pressure]", "backlog_wait must be at most 30s: the client waits for its answer"
        );
    const auto max = config.msh.submitting + config.msh.submitting / 2;
    if (config.rest.limits.connections < max + connections_of_others)
        findings.warnings.push_back(
            "[rest] max_connections: with up to " + std::to_string(max) +
            " submissions that run or wait (one and a half times concurrency) hardly any are "
            "left to the inbox"
        );
    const auto free = base::free_space(config.queue.folder);
    if (free && *free < marks.disk_stop)
        findings.warnings.push_back(
            "[pressure] disk_stop: only " + base::size_text(*free) + " are free in " +
            config.queue.folder.string() + ", so nothing would be taken"
        );
    const auto inodes = base::free_inodes(config.queue.folder);
    if (inodes && *inodes && **inodes < marks.inodes_stop)
        findings.warnings.push_back(
            "node.data_dir: only " + std::to_string(**inodes) + " inodes are free in " +
            config.queue.folder.string() + ", so nothing would be taken: at least " +
            std::to_string(marks.inodes_stop) + " must be free"
        );
}

void check_repeats(const Config& config, Findings& findings)
{
    const auto& limits = config.msh.unpack;
    const auto accepted = limits.max_timestamp_age + limits.max_timestamp_ahead;
    if (config.msh.duplicate_window < accepted)
        findings.mistake(
            "[receive]",
            "duplicate_window is shorter than max_timestamp_age and max_timestamp_ahead "
            "together (" +
                base::to_text(accepted) +
                "): a repeat would be accepted when the first is forgotten, and "
                "delivered again"
        );
    if (limits.max_timestamp_age < config.retry.time_to_live)
        findings.warnings.push_back(
            "[receive] max_timestamp_age is shorter than send.time_to_live: peers that try for as "
            "long as we do are refused"
        );
}

std::string describe_pressure(const Config& config)
{
    const auto& marks = config.msh.watermarks;
    return "It takes no more below " + base::size_text(marks.disk_stop) +
           " of free disk, and "
           "no submissions above " +
           std::to_string(marks.queue_stop) +
           " messages to be sent.\nIf another program reads the store for long, it warns from " +
           base::size_text(config.queue.log_warning) +
           " of write-ahead log on, and takes no more from " + base::size_text(marks.log_stop) +
           " on.\nIt knows a message again for " + base::to_text(config.msh.duplicate_window) +
           ", and takes none older than " + base::to_text(config.msh.unpack.max_timestamp_age) +
           ".\n";
}

} // namespace kurird
