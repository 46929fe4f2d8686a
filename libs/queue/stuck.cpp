// SPDX-License-Identifier: Apache-2.0
// Messages that have passed a deadline, and messages for peers that are no longer configured or
// that a certificate excludes from sending. Each query is a range of an index and reads one page at
// most.
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>
#include <limits>

namespace queue {
namespace {

constexpr std::size_t page_limit = 500;

// Returns peers that have waiting messages but are not configured.
base::Result<std::set<std::string>> strangers(Connection& database, const StuckLimits& limits)
{
    std::set<std::string> found;
    if (!limits.peers) return found;
    auto rows = database.query("SELECT peer FROM state_count WHERE messages > 0"
                               " AND state IN ('queued', 'sending', 'deferred')");
    while (true) {
        const auto more = rows.next();
        if (!more) return more.error();
        if (!*more) return found;
        if (auto peer = rows.text(0); !limits.peers->contains(peer)) found.insert(std::move(peer));
    }
}

// Adds the messages that wait for this peer. Each try defers them again, so they would pass no
// deadline until their time to live expires.
base::Result<> add_all_for(
    Connection& database, const std::string& peer, Stuck::Why why, std::size_t max,
    std::vector<Stuck>& stuck
)
{
    const auto keys = read_keys(database.query(
        "SELECT sequence FROM message INDEXED BY message_due_by_peer WHERE direction = 'outbound'"
        " AND peer = ? AND due IS NOT NULL ORDER BY due, sequence LIMIT ?",
        peer, static_cast<std::int64_t>(max)
    ));
    if (!keys) return keys.error();
    for (const auto key : *keys) {
        auto row = read_message(database, key);
        if (!row) return row.error();
        const auto since = row->summary.created;
        stuck.push_back({.summary = std::move(row->summary), .since = since, .why = why});
    }
    return {};
}

// Adds messages whose due time lies in (after, until], the earliest first.
base::Result<> add_due(
    Connection& database, Direction direction, std::int64_t after, base::Time until,
    std::size_t max, std::vector<Stuck>& stuck
)
{
    const auto keys = read_keys(database.query(
        "SELECT sequence FROM message WHERE direction = ? AND due IS NOT NULL AND due > ?"
        " AND due <= ? ORDER BY due, sequence LIMIT ?",
        to_text(direction), after, base::to_millis(until), static_cast<std::int64_t>(max)
    ));
    if (!keys) return keys.error();
    for (const auto key : *keys) {
        auto row = read_message(database, key);
        if (!row) return row.error();
        const auto state = row->summary.state;
        const bool lease = state == State::sending || state == State::leased;
        stuck.push_back(
            {.summary = std::move(row->summary),
             .since = row->due.value_or(until),
             .why = lease ? Stuck::Why::lapsed : Stuck::Why::overdue}
        );
    }
    return {};
}

// Reads the items in the order in which they were stored. Unless the clock was set, this is the
// order of their times of receipt.
base::Result<> add_unfetched(
    Connection& database, const StuckLimits& limits, std::size_t max, std::vector<Stuck>& stuck
)
{
    const auto keys = read_keys(database.query(
        "SELECT sequence FROM message WHERE direction = 'inbound' AND due IS NOT NULL AND due = 0"
        " ORDER BY sequence LIMIT ?",
        static_cast<std::int64_t>(max)
    ));
    if (!keys) return keys.error();
    for (const auto key : *keys) {
        auto row = read_message(database, key);
        if (!row) return row.error();
        const auto deadline = row->summary.created + limits.unfetched;
        if (deadline > limits.now) continue;
        stuck.push_back(
            {.summary = std::move(row->summary), .since = deadline, .why = Stuck::Why::unfetched}
        );
    }
    return {};
}

base::Result<std::vector<Stuck>> read_stuck(Connection& database, const StuckLimits& limits)
{
    constexpr auto ever = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t fresh = 0; // due time of a received item that is not leased
    const auto until = limits.now - limits.overdue;
    const auto max = std::min(limits.limit, page_limit);
    const auto gone = strangers(database, limits);
    if (!gone) return gone.error();
    std::vector<Stuck> stuck;
    auto added = add_due(database, Direction::outbound, ever, until, max, stuck);
    std::erase_if(stuck, [&](const Stuck& each) {
        // These messages are added below, with a more precise reason.
        const auto& peer = each.summary.header.peer;
        return gone->contains(peer) || limits.held.contains(peer);
    });
    for (const auto& peer : *gone)
        if (added) added = add_all_for(database, peer, Stuck::Why::no_peer, max, stuck);
    for (const auto& peer : limits.held)
        if (added) added = add_all_for(database, peer, Stuck::Why::certificate, max, stuck);
    if (added) added = add_due(database, Direction::inbound, fresh, until, max, stuck);
    if (added) added = add_unfetched(database, limits, max, stuck);
    if (!added) return added.error();
    std::ranges::stable_sort(stuck, {}, &Stuck::since);
    if (stuck.size() > max)
        stuck.erase(stuck.begin() + static_cast<std::ptrdiff_t>(max), stuck.end());
    return stuck;
}

} // namespace

base::Result<std::vector<Stuck>> Queue::stuck(const StuckLimits& limits) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto stuck = read_stuck(snapshot->database(), limits);
    if (!stuck) return store_->seen(stuck.error());
    return stuck;
}

} // namespace queue
