// SPDX-License-Identifier: Apache-2.0
// What an operator must know after a restore is said here, once.
#include "kurird/restore.hpp"

#include "base/time.hpp"
#include "queue/backup.hpp"

#include <cstdio>

namespace kurird {

namespace {

std::string advice(const base::Error& error, const Config& config)
{
    if (error.code == base::errc::already_exists)
        return "There is a store already; a restore never goes over one. Move it away, or let "
               "node.data_dir name another folder.";
    if (error.code == base::errc::locked)
        return "kurird runs on " + config.queue.folder.string() + "; stop it first.";
    if (error.code == queue::errc::newer_schema)
        return "The backup is of a newer version; restore it with that one.";
    if (error.code == base::errc::disk_full)
        return "Make room in node.data_dir, then run it again.";
    return "Nothing was brought back; what the data folder has of it is no store. Try another "
           "backup, or run it again.";
}

} // namespace

int restore(const Config& config, const base::Path& backup, base::Time now)
{
    const auto restored = queue::restore(backup, config.queue.folder, now);
    if (!restored) {
        std::fprintf(
            stderr, "kurird: %s\n  %s\n", restored.error().text().c_str(),
            advice(restored.error(), config).c_str()
        );
        return 1;
    }
    const std::string text =
        "Restored to " + config.queue.folder.string() + ": " + std::to_string(restored->messages) +
        " messages and " + std::to_string(restored->payloads) + " payload files, as they were at " +
        base::to_text(restored->taken) + ".\n" + std::to_string(restored->maybe_sent) +
        " messages were on their way out and are sent again, as the same messages: a peer that "
        "has one takes no second.\n" +
        std::to_string(restored->maybe_handed_over) +
        " messages wait in inboxes with a delivery_count above 1: message services may have them.\n"
        "What was taken after that time is not there: message services must submit again what they "
        "miss, under the same keys.\n"
        "Configuration, keys and certificates are not part of a backup.\n";
    std::fputs(text.c_str(), stdout);
    return 0;
}

} // namespace kurird
