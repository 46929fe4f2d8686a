// SPDX-License-Identifier: Apache-2.0
// Retention runs in steps. The pauses are longer than the steps, so that the writer is free for
// messages most of the time. A backup is one long task.
#include "msh/housekeeping.hpp"

#include "base/log.hpp"
#include "base/units.hpp"
#include "msh/offload.hpp"
#include "msh/state.hpp"

#include <boost/asio/as_tuple.hpp>

#include <algorithm>

namespace msh {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr base::Duration shortest_pause(5);
constexpr base::Duration max_pause(1000);
constexpr base::Duration max_ahead = std::chrono::hours(1);
constexpr int pause_of_a_step = 3; // times the duration of the step

void tell(const queue::Retained& gone)
{
    if (gone.payloads + gone.records == 0) return;
    base::log(
        base::Level::info, "retention",
        {{"payloads", std::to_string(gone.payloads)},
         {"files", std::to_string(gone.files)},
         {"octets", std::to_string(gone.octets)},
         {"records", std::to_string(gone.records)}}
    );
}

base::Duration pause_after(std::chrono::steady_clock::time_point began)
{
    const auto took = std::chrono::steady_clock::now() - began;
    const auto pause = std::chrono::duration_cast<base::Duration>(took * pause_of_a_step);
    return std::clamp(pause, shortest_pause, max_pause);
}

// One run of retention, until nothing is left or a step fails. The next run does the rest.
asio::awaitable<void> run(std::shared_ptr<State> state)
{
    auto& own = state->housekeeping;
    queue::RetentionCursor cursor;
    queue::Retained gone;
    const auto step = [&] {
        const auto ticked = std::chrono::steady_clock::now() - own.ticking;
        const auto running = std::chrono::duration_cast<base::Duration>(ticked);
        const auto now = believed(base::now(), own.started, running);
        return state->parts.queue.retain(state->settings.retention, now, cursor);
    };
    do {
        const auto began = std::chrono::steady_clock::now();
        const auto removed = co_await offload(own.thread, step);
        if (!removed) {
            if (!state->stopping)
                base::log(
                    base::Level::warning, "retention_failed", {{"error", removed.error().text()}}
                );
            break;
        }
        gone.add(*removed);
        own.retained.add(*removed);
        if (!gone.more) break;
        own.pause.expires_after(pause_after(began));
        co_await own.pause.async_wait(as_result);
    } while (!state->stopping);
    tell(gone);
}

void tell(const Backup& backup)
{
    const auto took = base::to_text(*backup.ended - backup.started);
    if (backup.stage == Backup::Stage::failed)
        base::log(
            base::Level::error, "backup_failed",
            {{"folder", backup.folder.string()}, {"error", backup.error.text()}, {"took", took}}
        );
    else
        base::log(
            base::Level::info, "backed_up",
            {{"folder", backup.folder.string()},
             {"messages", std::to_string(backup.made.messages)},
             {"payloads", std::to_string(backup.made.payloads)},
             {"octets", std::to_string(backup.made.payload_octets + backup.made.database_octets)},
             {"linked", backup.made.linked ? "yes" : "no"},
             {"took", took}}
        );
}

} // namespace

void Housekeeping::stop()
{
    progress->stop = true;
    pause.cancel();
}

base::Time believed(base::Time now, base::Time started, base::Duration running)
{
    return std::min(now, started + running + max_ahead);
}

asio::awaitable<void> retention_loop(std::shared_ptr<State> state)
{
    while (!state->stopping) {
        co_await run(state);
        if (state->stopping) co_return;
        state->housekeeping.pause.expires_after(state->settings.retention_every);
        co_await state->housekeeping.pause.async_wait(as_result);
    }
}

asio::awaitable<void> back_up(std::shared_ptr<State> state)
{
    auto& own = state->housekeeping;
    const auto progress = own.progress;
    const auto work = [&] {
        return state->parts.queue.back_up(own.backup.folder, own.backup.started, *progress);
    };
    auto made = co_await offload(own.thread, work);
    own.backup.ended = base::now();
    own.backup.octets = progress->done;
    own.backup.stage = made ? Backup::Stage::done : Backup::Stage::failed;
    if (made)
        own.backup.made = *made;
    else
        own.backup.error = made.error();
    tell(own.backup);
    state->idle.cancel();
}

} // namespace msh
