// SPDX-License-Identifier: Apache-2.0
// Outbound messages: taken once per (client, key), claimed by compare-and-set, settled by whoever
// holds the claim.
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>
#include <limits>

namespace queue {
namespace {

constexpr const char* our_origin = "us";

// The earlier submission under the same key, if there is one.
base::Result<std::optional<Enqueued>> find_submission(Connection& database, const Outbound& message)
{
    if (message.idempotency_key.empty()) return std::optional<Enqueued>();
    auto rows = database.query(
        "SELECT id, message_id, content_sha256 FROM message"
        " WHERE client = ? AND idempotency_key = ?",
        message.client, message.idempotency_key
    );
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return std::optional<Enqueued>();
    if (rows.view(2) != message.content_sha256)
        return base::Error(errc::conflict, "idempotency key " + message.idempotency_key);
    return std::optional(Enqueued{.id = rows.text(0), .message_id = rows.text(1), .existed = true});
}

// A producer may choose its MessageId; the one of another message is refused, not sent again.
base::Result<> check_message_id(Connection& database, const std::string& message_id)
{
    const auto keys = read_keys(database.query(
        "SELECT sequence FROM message WHERE message_id = ? AND origin = ?", message_id, our_origin
    ));
    if (!keys) return keys.error();
    if (!keys->empty()) return base::Error(errc::conflict, "MessageId " + message_id);
    return {};
}

base::Result<Enqueued> add(Connection& database, const Outbound& message, PayloadFiles& files)
{
    auto earlier = find_submission(database, message);
    if (!earlier) return earlier.error();
    if (*earlier) return std::move(**earlier);
    if (auto fresh = check_message_id(database, message.header.message_id); !fresh)
        return fresh.error();
    const auto key = insert_message(
        database, {.id = message.id,
                   .header = message.header,
                   .direction = Direction::outbound,
                   .state = State::queued,
                   .created = message.created,
                   .expires = message.expires,
                   .due = base::to_millis(message.created),
                   .origin = our_origin,
                   .client = message.client,
                   .idempotency_key = message.idempotency_key,
                   .content_sha256 = message.content_sha256}
    );
    if (!key) return key.error();
    const auto sealed = insert_envelope(database, *key, {}, message.sealed);
    if (!sealed) return sealed.error();
    const auto parts = insert_parts(database, *key, message.parts, files);
    if (!parts) return parts.error();
    const auto noted = add_event(database, *key, message.created, "submitted", message.client);
    if (!noted) return noted.error();
    files.leave();
    return Enqueued{.id = message.id, .message_id = message.header.message_id};
}

struct Due {
    std::int64_t at;
    std::int64_t key;
    auto operator<=>(const Due&) const = default;
};

base::Result<> collect(Rows rows, std::vector<Due>& into)
{
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return {};
        into.push_back({.at = rows.integer(0), .key = rows.integer(1)});
    }
}

base::Result<std::optional<std::string>> first_of(Rows rows)
{
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return std::optional<std::string>();
    return std::optional(rows.text(0));
}

// The peers for whom something waits: one look-up in the index each, however many messages there
// are.
base::Result<std::vector<std::string>> waiting_peers(Connection& database)
{
    std::vector<std::string> peers;
    auto next = first_of(
        database.query("SELECT peer FROM message WHERE direction = 'outbound' AND due IS NOT NULL"
                       " ORDER BY peer LIMIT 1")
    );
    while (next && *next) {
        peers.push_back(std::move(**next));
        next = first_of(database.query(
            "SELECT peer FROM message WHERE direction = 'outbound' AND due IS NOT NULL"
            " AND peer > ? ORDER BY peer LIMIT 1",
            peers.back()
        ));
    }
    if (!next) return next.error();
    return peers;
}

// The earliest of one peer, or of all, that are due in (after, until].
base::Result<> collect_due(
    Connection& database, const std::optional<std::string>& peer, std::int64_t after,
    std::int64_t until, std::size_t most, std::vector<Due>& into
)
{
    const auto limit = static_cast<std::int64_t>(most);
    if (peer)
        return collect(
            database.query(
                "SELECT due, sequence FROM message"
                " WHERE direction = 'outbound' AND peer = ? AND due > ? AND due <= ?"
                " ORDER BY due, sequence LIMIT ?",
                *peer, after, until, limit
            ),
            into
        );
    return collect(
        database.query(
            "SELECT due, sequence FROM message WHERE direction = 'outbound' AND due > ?"
            " AND due <= ? ORDER BY due, sequence LIMIT ?",
            after, until, limit
        ),
        into
    );
}

// Whom to look at: all at once, or peer by peer, so that a million messages for a skipped one are
// not walked through.
base::Result<std::vector<std::optional<std::string>>>
peers_of(Connection& database, const Queue::Claim& claim)
{
    std::vector<std::optional<std::string>> wanted;
    if (claim.places.empty()) return std::vector{std::optional<std::string>()};
    auto peers = waiting_peers(database);
    if (!peers) return peers.error();
    for (auto& peer : *peers) {
        const auto named = claim.places.find(peer);
        if (named == claim.places.end() || named->second > 0) wanted.emplace_back(std::move(peer));
    }
    return wanted;
}

base::Result<std::vector<Due>> due_messages(Connection& database, const Queue::Claim& claim)
{
    constexpr auto first = std::numeric_limits<std::int64_t>::min();
    constexpr auto last = std::numeric_limits<std::int64_t>::max();
    const auto peers = peers_of(database, claim);
    if (!peers) return peers.error();
    std::vector<Due> due;
    for (const auto& peer : *peers) {
        const auto now = base::to_millis(claim.now);
        auto collected = collect_due(database, peer, first, now, claim.most, due);
        if (collected && claim.furthest) {
            const auto beyond = base::to_millis(claim.now + *claim.furthest);
            collected = collect_due(database, peer, beyond, last, claim.most, due);
        }
        if (!collected) return collected.error();
    }
    std::ranges::sort(due);
    due.resize(std::min(due.size(), claim.most));
    return due;
}

// Whoever held the lease did not come back: that attempt may have reached the peer.
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
    };
}

base::Result<> extend(Connection& database, std::int64_t key, base::Time lease_until)
{
    return database.run(
        "UPDATE message SET due = ? WHERE sequence = ?", base::to_millis(lease_until), key
    );
}

// Nothing if the claimer is at work on it: its lease lapsed by a jump of the clock or a renewal
// that came late.
base::Result<std::optional<Job>>
claim_one(Connection& database, const Queue::Claim& claim, std::int64_t key)
{
    auto row = read_message(database, key);
    if (!row) return row.error();
    const bool lapsed = row->summary.state == State::sending;
    if (lapsed && row->owner == claim.owner && claim.at_work.contains(row->summary.id)) {
        const auto extended = extend(database, key, claim.lease_until);
        if (!extended) return extended.error();
        return std::optional<Job>();
    }
    if (lapsed) {
        const auto noted = note_interruption(database, *row, claim.now);
        if (!noted) return noted.error();
        ++row->summary.attempts;
        row->outcome_unknown = true;
        row->summary.last_error = "interrupted";
    }
    const auto claimed = database.run(
        "UPDATE message SET state = 'sending', due = ?, changed = ?, owner = ?, attempts = ?,"
        " outcome_unknown = ?, last_error = ? WHERE sequence = ?",
        base::to_millis(claim.lease_until), base::to_millis(claim.now), claim.owner,
        std::int64_t{row->summary.attempts}, std::int64_t{row->outcome_unknown},
        row->summary.last_error, key
    );
    if (!claimed) return claimed.error();
    const auto noted = add_event(database, key, claim.now, to_text(State::sending), claim.owner);
    if (!noted) return noted.error();
    auto job = to_job(database, *row);
    if (!job) return job.error();
    return std::optional(std::move(*job));
}

// The row, if owner still holds it. A lapsed lease that nobody took over still is its owner's, and
// so is a message that a signal settled while the attempt runs: it has an attempt to record.
base::Result<MessageRow>
held_by(Connection& database, const std::string& id, const std::string& owner)
{
    auto row = read_message(database, id);
    if (!row) return row.error();
    const auto state = row->summary.state;
    if (row->owner != owner || (state != State::sending && !is_final(state)))
        return base::Error(errc::wrong_state, id);
    return row;
}

bool ends_an_attempt(State state)
{
    switch (state) {
    case State::deferred:
    case State::delivered:
    case State::unproven:
    case State::bounced:
    case State::expired:
        return true;
    default:
        return false;
    }
}

base::Result<int> count_attempt(Connection& database, const MessageRow& row, const Attempt& attempt)
{
    if (attempt.started == base::Time()) return row.summary.attempts;
    const int attempts = row.summary.attempts + 1;
    const auto kept = insert_attempt(database, row.key(), attempts, attempt);
    if (!kept) return kept.error();
    return attempts;
}

base::Result<> keep_receipt(Connection& database, const MessageRow& row, const Settlement& given)
{
    if (given.receipt.empty()) return {};
    return insert_receipt(
        database, row.key(), {}, given.receipt_id, given.receipt_signer, given.receipt
    );
}

base::Result<> record(Connection& database, const MessageRow& row, const Settlement& settlement)
{
    const auto attempts = count_attempt(database, row, settlement.attempt);
    if (!attempts) return attempts.error();
    std::optional<std::int64_t> due;
    if (settlement.state == State::deferred)
        due = base::to_millis(settlement.next_try.value_or(settlement.at));
    const auto changed = database.run(
        "UPDATE message SET state = ?, due = ?, changed = ?, owner = '', attempts = ?,"
        " outcome_unknown = outcome_unknown OR ?, last_error = ? WHERE sequence = ?",
        to_text(settlement.state), due, base::to_millis(settlement.at), std::int64_t{*attempts},
        std::int64_t{settlement.outcome_unknown}, settlement.attempt.error, row.key()
    );
    if (!changed) return changed.error();
    if (const auto kept = keep_receipt(database, row, settlement); !kept) return kept.error();
    return add_event(
        database, row.key(), settlement.at, to_text(settlement.state), settlement.attempt.error
    );
}

// A signal ended the message while the attempt ran: what it met is kept, and nothing is undone.
base::Result<>
record_after_signal(Connection& database, const MessageRow& row, const Settlement& settlement)
{
    const auto attempts = count_attempt(database, row, settlement.attempt);
    if (!attempts) return attempts.error();
    if (const auto kept = keep_receipt(database, row, settlement); !kept) return kept.error();
    return database.run(
        "UPDATE message SET owner = '', attempts = ? WHERE sequence = ?", std::int64_t{*attempts},
        row.key()
    );
}

} // namespace

void Queue::enqueue(Outbound message, Completion<Enqueued> done)
{
    auto files = store_->adopt(message.parts, done);
    if (!files) return;
    auto run = [message = std::move(message)](Connection& database, PayloadFiles& kept) {
        return add(database, message, kept);
    };
    store_->write<Enqueued>(std::move(run), std::move(done), std::move(*files));
}

void Queue::claim(Claim claim, Completion<std::vector<Job>> done)
{
    auto run = [claim = std::move(claim
                )](Connection& database, PayloadFiles&) -> base::Result<std::vector<Job>> {
        const auto due = due_messages(database, claim);
        if (!due) return due.error();
        std::vector<Job> jobs;
        for (const auto& each : *due) {
            auto job = claim_one(database, claim, each.key);
            if (!job) return job.error();
            if (*job) jobs.push_back(std::move(**job));
        }
        return jobs;
    };
    store_->write<std::vector<Job>>(std::move(run), std::move(done));
}

void Queue::renew(std::string id, std::string owner, base::Time lease_until, Completion<void> done)
{
    auto run = [id = std::move(id), owner = std::move(owner),
                lease_until](Connection& database, PayloadFiles&) -> base::Result<> {
        const auto row = held_by(database, id, owner);
        if (!row) return row.error();
        if (is_final(row->summary.state)) return {}; // a signal settled it; the attempt still runs
        return extend(database, row->key(), lease_until);
    };
    store_->write<void>(std::move(run), std::move(done), {}, Writer::Admission::always);
}

void Queue::settle(std::string owner, Settlement settlement, Completion<State> done)
{
    auto run = [owner = std::move(owner),
                settlement = std::move(settlement
                )](Connection& database, PayloadFiles&) -> base::Result<State> {
        if (!ends_an_attempt(settlement.state))
            return base::Error(errc::wrong_state, std::string(to_text(settlement.state)));
        const auto row = held_by(database, settlement.id, owner);
        if (!row) return row.error();
        const bool proven =
            settlement.state == State::delivered && proof_changes(row->summary.state);
        if (!proven && is_final(row->summary.state)) {
            const auto kept = record_after_signal(database, *row, settlement);
            if (!kept) return kept.error();
            return row->summary.state;
        }
        const auto kept = record(database, *row, settlement);
        if (!kept) return kept.error();
        return settlement.state;
    };
    store_->write<State>(std::move(run), std::move(done), {}, Writer::Admission::always);
}

} // namespace queue
