// SPDX-License-Identifier: Apache-2.0
// Claims. Compare-and-set gives an outbound message to its claimer until the lease expires. A
// heartbeat renews the lease.
#include "queue/rows.hpp"
#include "queue/store.hpp"
#include "queue/turns.hpp"

namespace queue {
namespace {

using Keys = std::vector<std::int64_t>;

// Upper bound of the due times beyond max_delay that one claim corrects.
constexpr std::int64_t corrections = 256;

// Returns messages whose time to live has expired, whether or not their peers have slots. A message
// in flight is left to its attempt until its lease expires.
base::Result<Keys> expired_messages(Connection& database, const Queue::Claim& claim)
{
    if (claim.expired == 0) return Keys();
    const auto now = base::to_millis(claim.now);
    return read_keys(database.query(
        "SELECT sequence FROM message INDEXED BY message_expiry"
        " WHERE direction = 'outbound' AND due IS NOT NULL AND expires <= ?"
        " AND (state <> 'sending' OR due <= ?) ORDER BY expires LIMIT ?",
        now, now, static_cast<std::int64_t>(claim.expired)
    ));
}

// If the clock was set back, a due time can lie further away than max_delay. Make such messages due
// now.
base::Result<> correct(Connection& database, const Queue::Claim& claim)
{
    if (!claim.max_delay) return {};
    return database.run(
        "UPDATE message SET due = ? WHERE sequence IN (SELECT sequence FROM message"
        " INDEXED BY message_due WHERE direction = 'outbound' AND due > ? LIMIT ?)",
        base::to_millis(claim.now), base::to_millis(claim.now + *claim.max_delay), corrections
    );
}

base::Time recorded(const Queue::Claim& claim)
{
    return claim.at.value_or(claim.now);
}

// The owner of the lease did not come back, so this attempt may have reached the peer. Whether its
// first octet left is unknown: recording that would cost each attempt a sync of its own.
base::Result<> note_interruption(Connection& database, const MessageRow& row, base::Time now)
{
    const Attempt attempt{.started = row.summary.changed, .error = "interrupted"};
    const int number = row.summary.attempts + 1;
    const auto attempted = insert_attempt(database, row.key(), number, attempt);
    if (!attempted) return attempted.error();
    return add_event(database, row.key(), now, "interrupted", row.owner);
}

base::Result<Job> to_job(Connection& database, const MessageRow& row)
{
    auto parts = read_parts(database, row.key());
    if (!parts) return parts.error();
    auto sealed = database.query("SELECT octets FROM envelope WHERE message = ?", row.key());
    const auto found = sealed.next();
    if (!found) return found.error();
    if (!*found) return base::Error(errc::damaged, "no sealed form of message " + row.summary.id);
    return Job{
        .id = row.summary.id,
        .header = row.summary.header,
        .sealed = sealed.text(0),
        .parts = std::move(*parts),
        .attempts = row.summary.attempts,
        .outcome_unknown = row.outcome_unknown,
        .created = row.summary.created,
        .expires = row.expires,
        .last_error = row.summary.last_error,
    };
}

// Compare-and-set: takes the message only if its state and owner are still those that were read.
base::Result<bool> take(
    Connection& database, const Queue::Claim& claim, const MessageRow& row, State was,
    const std::string& owner
)
{
    auto taken = database.query(
        "UPDATE message SET state = 'sending', due = ?, changed = ?, owner = ?, attempts = ?,"
        " outcome_unknown = ?, last_error = ? WHERE sequence = ? AND state = ? AND owner = ?"
        " RETURNING sequence",
        base::to_millis(claim.lease_until), base::to_millis(recorded(claim)), claim.owner,
        std::int64_t{row.summary.attempts}, std::int64_t{row.outcome_unknown},
        row.summary.last_error, row.key(), to_text(was), owner
    );
    return taken.next();
}

base::Result<> extend(Connection& database, std::int64_t key, base::Time lease_until)
{
    return database.run(
        "UPDATE message SET due = ? WHERE sequence = ?", base::to_millis(lease_until), key
    );
}

// Returns nothing if the message is no longer as it was read. Also returns nothing, and extends the
// lease, if the claimer still works on the message. Such a lease expired because the clock jumped
// or a renewal came late.
base::Result<std::optional<Job>>
claim_one(Connection& database, const Queue::Claim& claim, std::int64_t key)
{
    auto row = read_message(database, key);
    if (!row) return row.error();
    const auto was = row->summary.state;
    const bool lapsed = was == State::sending;
    if (lapsed && row->owner == claim.owner && claim.in_flight.contains(row->summary.id)) {
        const auto extended = extend(database, key, claim.lease_until);
        if (!extended) return extended.error();
        return std::optional<Job>();
    }
    if (lapsed) {
        const auto noted = note_interruption(database, *row, recorded(claim));
        if (!noted) return noted.error();
        ++row->summary.attempts;
        row->outcome_unknown = true;
        row->summary.last_error = "interrupted";
    }
    const auto taken = take(database, claim, *row, was, row->owner);
    if (!taken) return taken.error();
    if (!*taken) return std::optional<Job>();
    const auto noted =
        add_event(database, key, recorded(claim), to_text(State::sending), claim.owner);
    if (!noted) return noted.error();
    auto job = to_job(database, *row);
    if (!job) return job.error();
    return std::optional(std::move(*job));
}

base::Result<> claim_all(
    Connection& database, const Queue::Claim& claim, const base::Result<Keys>& keys,
    std::vector<Job>& jobs
)
{
    if (!keys) return keys.error();
    for (const auto key : *keys) {
        auto job = claim_one(database, claim, key);
        if (!job) return job.error();
        if (*job) jobs.push_back(std::move(**job));
    }
    return {};
}

// False: the owner no longer holds the message. A message that a signal settled during the attempt
// is still held, because its owner has an attempt to record.
base::Result<bool> renew_one(
    Connection& database, const std::string& id, const std::string& owner, base::Time lease_until
)
{
    auto renewed = database.query(
        "UPDATE message SET due = ? WHERE id = ? AND owner = ? AND state = 'sending'"
        " RETURNING sequence",
        base::to_millis(lease_until), id, owner
    );
    if (const auto found = renewed.next(); !found || *found) return found;
    auto settled = database.query(
        "SELECT sequence FROM message WHERE id = ? AND owner = ? AND due IS NULL", id, owner
    );
    return settled.next();
}

} // namespace

void Queue::claim(Claim claim, Completion<std::vector<Job>> done)
{
    auto run = [claim = std::move(claim
                )](Connection& database, PayloadFiles&) -> base::Result<std::vector<Job>> {
        if (const auto corrected = correct(database, claim); !corrected) return corrected.error();
        std::vector<Job> jobs;
        auto taken = claim_all(database, claim, expired_messages(database, claim), jobs);
        if (taken) taken = claim_all(database, claim, due_in_turns(database, claim), jobs);
        if (!taken) return taken.error();
        return jobs;
    };
    store_->write<std::vector<Job>>(std::move(run), std::move(done));
}

void Queue::renew(
    std::vector<std::string> ids, std::string owner, base::Time lease_until,
    Completion<std::vector<std::string>> done
)
{
    auto run = [ids = std::move(ids), owner = std::move(owner),
                lease_until](Connection& database, PayloadFiles&)
        -> base::Result<std::vector<std::string>> {
        std::vector<std::string> lost;
        for (const auto& id : ids) {
            const auto renewed = renew_one(database, id, owner, lease_until);
            if (!renewed) return renewed.error();
            if (!*renewed) lost.push_back(id);
        }
        return lost;
    };
    store_->write<std::vector<std::string>>(
        std::move(run), std::move(done), {}, Writer::Admission::always
    );
}

base::Result<std::optional<base::Time>> Queue::next_due(
    base::Time now, const std::map<std::string, std::size_t, std::less<>>& slots,
    std::size_t default_slots
) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto earliest = earliest_due(snapshot->database(), now, slots, default_slots);
    if (!earliest) return store_->seen(earliest.error());
    return earliest;
}

} // namespace queue
