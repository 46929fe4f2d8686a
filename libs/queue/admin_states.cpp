// SPDX-License-Identifier: Apache-2.0
// The operator's decisions about destinations, and the request to make deferred messages due now.
#include "queue/rows.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

base::Result<> keep(Connection& database, const DestinationAdminState& given)
{
    // Opening all peers also removes rows whose admin state this version cannot read.
    if (given.admin_state == AdminState::open && given.peer.empty())
        return database.run(
            "DELETE FROM destination WHERE peer = '' OR standing NOT IN ('paused', 'drained')"
        );
    if (given.admin_state == AdminState::open)
        return database.run("DELETE FROM destination WHERE peer = ?", given.peer);
    return database.run(
        "INSERT INTO destination (peer, standing, since, reason) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (peer) DO UPDATE SET standing = excluded.standing, since = excluded.since,"
        " reason = excluded.reason",
        given.peer, to_text(given.admin_state), base::to_millis(given.since), given.reason
    );
}

// Returns deferred messages, the next due first: a message with a long wait is not more urgent than
// others. Each query is a range of an index. Besides deferred messages, that range holds hardly
// more than the messages in flight, which are few.
base::Result<std::vector<std::int64_t>>
waiting_after(Connection& database, const std::string& peer, base::Time now, std::size_t max)
{
    const auto after = base::to_millis(now);
    const auto limit = static_cast<std::int64_t>(max);
    if (peer.empty())
        return read_keys(database.query(
            "SELECT sequence FROM message WHERE direction = 'outbound' AND due > ?"
            " AND state = 'deferred' ORDER BY due, sequence LIMIT ?",
            after, limit
        ));
    return read_keys(database.query(
        "SELECT sequence FROM message WHERE direction = 'outbound' AND peer = ? AND due > ?"
        " AND state = 'deferred' ORDER BY due, sequence LIMIT ?",
        peer, after, limit
    ));
}

base::Result<std::size_t>
bring_forward(Connection& database, const std::string& peer, base::Time now, std::size_t max)
{
    const auto keys = waiting_after(database, peer, now, max);
    if (!keys) return keys.error();
    for (const auto key : *keys) {
        const auto moved = database.run(
            "UPDATE message SET due = ? WHERE sequence = ?", base::to_millis(now), key
        );
        if (!moved) return moved.error();
    }
    return keys->size();
}

base::Result<std::vector<DestinationAdminState>> read_admin_states(Connection& database)
{
    std::vector<DestinationAdminState> admin_states;
    auto rows =
        database.query("SELECT peer, standing, since, reason FROM destination ORDER BY peer");
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return admin_states;
        const auto admin_state = admin_state_from_text(rows.view(1));
        // Report the row instead of skipping it: an unreadable pause must not count as open. The
        // error is not errc::damaged, which would end the service: stored messages can still be
        // received and fetched.
        if (!admin_state)
            return base::Error(errc::newer_schema, "unknown admin_state of " + rows.text(0));
        admin_states.push_back(
            {.peer = rows.text(0),
             .admin_state = *admin_state,
             .since = base::from_millis(rows.integer(2)),
             .reason = rows.text(3)}
        );
    }
}

} // namespace

void Queue::set_admin_state(DestinationAdminState admin_state, Completion<void> done)
{
    auto run = [admin_state = std::move(admin_state)](Connection& database, PayloadFiles&) {
        return keep(database, admin_state);
    };
    // `always`, because an operator drains just when the writer has much to do.
    store_->write<void>(std::move(run), std::move(done), {}, Writer::Admission::always);
}

void Queue::make_due_now(
    std::string peer, base::Time now, std::size_t max, Completion<std::size_t> done
)
{
    auto run = [peer = std::move(peer), now, max](Connection& database, PayloadFiles&) {
        return bring_forward(database, peer, now, max);
    };
    store_->write<std::size_t>(std::move(run), std::move(done));
}

base::Result<std::vector<DestinationAdminState>> Queue::admin_states() const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto admin_states = read_admin_states(snapshot->database());
    if (!admin_states) return store_->seen(admin_states.error());
    return admin_states;
}

} // namespace queue
