// SPDX-License-Identifier: Apache-2.0
// Outbound messages. A submission is accepted once per (client, key). The holder of the claim
// settles the message (claims.cpp).
#include "queue/rows.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

constexpr const char* our_origin = "us";

// Returns the earlier submission with the same key, if there is one. errc::conflict: it has other
// content.
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

// A producer may choose its MessageId. If another of our messages has it, the submission is refused
// and nothing is sent again.
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
                   .due = base::to_millis(message.due.value_or(message.created)),
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

base::Result<Settled>
record(Connection& database, const MessageRow& row, const Settlement& settlement)
{
    const auto attempts = count_attempt(database, row, settlement.attempt);
    if (!attempts) return attempts.error();
    std::optional<std::int64_t> due;
    if (settlement.state == State::deferred)
        due = base::to_millis(settlement.next_try.value_or(settlement.at));
    const auto changed = database.run(
        "UPDATE message SET state = ?, due = ?, changed = ?, owner = '', attempts = ?,"
        " outcome_unknown = outcome_unknown OR ?, last_error = ? WHERE sequence = ?",
        to_text(settlement.state), due, row.changed_by(settlement.at), std::int64_t{*attempts},
        std::int64_t{settlement.outcome_unknown}, settlement.attempt.error, row.key()
    );
    if (!changed) return changed.error();
    if (const auto kept = keep_receipt(database, row, settlement); !kept) return kept.error();
    const bool proven = settlement.state == State::delivered;
    const auto noted = add_event(
        database, row.key(), settlement.at, to_text(settlement.state),
        proven ? settlement.proven_form : settlement.attempt.error
    );
    if (!noted) return noted.error();
    auto added = add_remarks(database, row.key(), settlement.at, settlement.remarks);
    if (!added) return added.error();
    return Settled{.state = settlement.state, .remarks = std::move(*added)};
}

// A signal ended the message during the attempt. Record the attempt and keep the signal's state.
base::Result<Settled>
record_after_signal(Connection& database, const MessageRow& row, const Settlement& settlement)
{
    const auto attempts = count_attempt(database, row, settlement.attempt);
    if (!attempts) return attempts.error();
    if (const auto kept = keep_receipt(database, row, settlement); !kept) return kept.error();
    const auto remarks = remarks_for(settlement, row.summary.state);
    auto added = add_remarks(database, row.key(), settlement.at, remarks);
    if (!added) return added.error();
    const auto released = database.run(
        "UPDATE message SET owner = '', attempts = ? WHERE sequence = ?", std::int64_t{*attempts},
        row.key()
    );
    if (!released) return released.error();
    return Settled{.state = row.summary.state, .remarks = std::move(*added)};
}

} // namespace

void Queue::enqueue(Outbound message, Completion<Enqueued> done)
{
    auto files = store_->adopt(message.parts, done);
    if (!files) return;
    const auto octets = message.sealed.size() + octets_in_memory(message.parts);
    auto run = [message = std::move(message)](Connection& database, PayloadFiles& kept) {
        return add(database, message, kept);
    };
    store_->write<Enqueued>(
        std::move(run), std::move(done), std::move(*files), Writer::Admission::limited, octets
    );
}

void Queue::settle(std::string owner, Settlement settlement, Completion<Settled> done)
{
    const auto octets = settlement.receipt.size();
    auto run = [owner = std::move(owner),
                settlement = std::move(settlement
                )](Connection& database, PayloadFiles&) -> base::Result<Settled> {
        if (!ends_an_attempt(settlement.state))
            return base::Error(errc::wrong_state, std::string(to_text(settlement.state)));
        const auto row = held_by(database, settlement.id, owner);
        if (!row) return row.error();
        const bool proven =
            settlement.state == State::delivered && proof_changes(row->summary.state);
        if (!proven && is_final(row->summary.state))
            return record_after_signal(database, *row, settlement);
        return record(database, *row, settlement);
    };
    store_->write<Settled>(std::move(run), std::move(done), {}, Writer::Admission::always, octets);
}

} // namespace queue
