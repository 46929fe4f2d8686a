// SPDX-License-Identifier: Apache-2.0
// Another process may replace the first one while the obstacle lasts, so the process is looked up
// again from time to time. Only the first process is logged, and the first one after a backup.
#include "queue/obstacles.hpp"

#include "base/log.hpp"
#include "base/units.hpp"
#include "queue/holders.hpp"

#include <utility>

namespace queue {
namespace {

constexpr auto not_yet_known = "another program (which one is being looked up)";
constexpr auto act = "operator: end that program or its transaction; to copy the store use kurir "
                     "backup, never a program that opens kurir.db";

std::string duration_of(std::chrono::steady_clock::time_point since)
{
    const auto lasted = std::chrono::steady_clock::now() - since;
    return base::to_text(std::chrono::ceil<std::chrono::seconds>(lasted));
}

} // namespace

Obstacles::Obstacles(base::Path database, std::uint64_t log_warning, base::Duration between_looks)
    : database_(std::move(database)), log_warning_(log_warning), between_looks_(between_looks)
{
}

std::string Obstacles::who(Kind kind, bool backup) const
{
    if (backup) return "kurir backup, which is running";
    const auto min = kind == Kind::lock ? Holder::Hold::lock : Holder::Hold::snapshot;
    return describe(holders_of(database_), min, database_);
}

void Obstacles::begin(std::optional<Episode>& episode)
{
    const std::lock_guard guard(mutex_);
    if (!episode) episode.emplace(Episode{{base::now(), not_yet_known}, Clock::now(), {}});
}

bool Obstacles::look(std::optional<Episode>& episode, Kind kind, bool backup)
{
    const auto now = Clock::now();
    const bool first = !episode->looked;
    if (!first && now - *episode->looked < between_looks_) return false;
    const bool changed = first || episode->obstacle.own != backup;
    auto by = who(kind, backup); // without mutex_: the look-up takes time
    const std::lock_guard guard(mutex_);
    episode->obstacle.by = std::move(by);
    episode->obstacle.own = backup;
    episode->looked = now;
    return changed;
}

std::optional<Obstacles::Episode> Obstacles::end(std::optional<Episode>& episode)
{
    const std::lock_guard guard(mutex_);
    return std::exchange(episode, std::nullopt);
}

void Obstacles::lock_begins()
{
    begin(lock_);
}

void Obstacles::locked()
{
    begin(lock_);
    if (!look(lock_, Kind::lock, false)) return;
    base::log(
        base::Level::warning, "store_locked",
        {{"file", database_.string()},
         {"by", lock_->obstacle.by},
         {"effect", "new messages get 503; results, acknowledgements and renewals of leases wait "
                    "for the lock"},
         {"act", act}}
    );
}

void Obstacles::unlocked()
{
    if (!lock_) return;
    const auto ended = end(lock_);
    base::log(base::Level::info, "store_unlocked", {{"after", duration_of(ended->begun)}});
}

void Obstacles::log_is(std::uint64_t octets, bool backup)
{
    log_octets_ = octets;
    if (octets >= log_warning_) {
        begin(log_);
        if (!look(log_, Kind::log, backup)) return;
        base::log(
            backup ? base::Level::info : base::Level::warning, "log_held",
            {{"file", database_.string() + "-wal"},
             {"size", base::size_text(octets >> 20 << 20)},
             {"by", log_->obstacle.by},
             {"effect", "a reader keeps an old state of the store, so the write-ahead log grows; "
                        "from pressure.log_stop on new messages get 503"},
             {"act", backup ? "nobody: the backup ends by itself" : act}}
        );
    } else if (log_) {
        const auto ended = end(log_);
        base::log(base::Level::info, "log_released", {{"after", duration_of(ended->begun)}});
    }
}

std::optional<Obstacle> Obstacles::lock() const
{
    const std::lock_guard guard(mutex_);
    return lock_ ? std::optional(lock_->obstacle) : std::nullopt;
}

std::optional<Obstacle> Obstacles::log() const
{
    const std::lock_guard guard(mutex_);
    return log_ ? std::optional(log_->obstacle) : std::nullopt;
}

} // namespace queue
