// SPDX-License-Identifier: Apache-2.0
// Inbound messages. Each (sender party, MessageId) is one item, however often it arrives. An item
// is handed out by lease until it is acknowledged.
#include "base/id.hpp"
#include "base/ordered_id.hpp"
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace queue {
namespace {

// Bounds of what a peer can add to the store by sending one message again and again.
constexpr std::int64_t max_receipts = 16; // of one message, one for each signed form
constexpr std::int64_t max_repeats = 100; // events of one name, of one message

// A part as the message service gets it: Content-ID, SHA-256, MIME type, character set, compressed.
using Told = std::tuple<std::string, base::Bytes, std::string, std::string, bool>;
using Payloads = std::multiset<Told>;

Told told(const Part& part)
{
    return {part.content_id, part.sha256, part.mime_type, part.character_set, part.compressed};
}

// Returns the message's sequence. Empty: no such message came before.
base::Result<std::vector<std::int64_t>>
find_key(Connection& database, const std::string& from_party, const std::string& message_id)
{
    const auto origin = inbound_origin(from_party);
    return read_keys(database.query(
        "SELECT sequence FROM message WHERE message_id = ? AND origin = ?", message_id, origin
    ));
}

base::Result<std::optional<MessageRow>> find_first(Connection& database, const Header& header)
{
    const auto keys = find_key(database, header.from_party, header.message_id);
    if (!keys) return keys.error();
    if (keys->empty()) return std::optional<MessageRow>();
    auto row = read_message(database, keys->front());
    if (!row) return row.error();
    return std::optional(std::move(*row));
}

base::Result<std::optional<base::Bytes>>
find_receipt(Connection& database, std::int64_t message, const base::Bytes& signed_info_digest)
{
    auto rows = database.query(
        "SELECT octets FROM receipt WHERE message = ? AND signed_info_digest = ?", message,
        Blob{signed_info_digest}
    );
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return std::optional<base::Bytes>();
    return std::optional(rows.text(0));
}

base::Result<bool> knows_form(
    Connection& database, const std::string& from_party, const std::string& message_id,
    const base::Bytes& signed_info_digest
)
{
    const auto keys = find_key(database, from_party, message_id);
    if (!keys) return keys.error();
    if (keys->empty()) return false;
    const auto receipt = find_receipt(database, keys->front(), signed_info_digest);
    if (!receipt) return receipt.error();
    return receipt->has_value();
}

// A receipt for a re-signed form also vouches for that form's header. So every header field that
// counts must be the same as in the message that was handed out. Timestamp and ConversationId are
// not compared: programs that rebuild the header for each try choose new ones.
base::Result<bool> same_content(Connection& database, const MessageRow& first, const Inbound& again)
{
    const auto parts = read_parts(database, first.key());
    if (!parts) return parts.error();
    Payloads kept;
    for (const auto& part : *parts)
        kept.insert(told(part));
    Payloads arrived;
    for (const auto& part : again.parts)
        arrived.insert(told(part.part));
    const auto& a = first.summary.header;
    const auto& b = again.header;
    return kept == arrived && a.service == b.service && a.action == b.action &&
           a.sender == b.sender && a.recipient == b.recipient && a.to_party == b.to_party;
}

// Stores the receipt of a further signed form, up to max_receipts per message. Later receipts are
// sent but not stored: each says the same about the same content.
base::Result<>
keep_further_receipt(Connection& database, const MessageRow& first, const Inbound& again)
{
    const auto receipts =
        count(database.query("SELECT count(*) FROM receipt WHERE message = ?", first.key()));
    if (!receipts) return receipts.error();
    if (*receipts >= max_receipts) return {};
    return insert_receipt(
        database, first.key(), again.signed_info_digest, again.receipt_id, {}, again.receipt
    );
}

base::Result<> note_repeat(
    Connection& database, const MessageRow& first, const Inbound& again, std::string_view name,
    std::string_view detail = {}
)
{
    const auto noted =
        add_event_of_many(database, first.key(), again.received, name, detail, max_repeats);
    if (!noted) return noted.error();
    return {};
}

// [TA10] Design 5, decision 4: tells a repeat, a re-signed message and a conflict apart.
base::Result<Accepted>
accept_again(Connection& database, const MessageRow& first, const Inbound& again)
{
    const auto receipt = find_receipt(database, first.key(), again.signed_info_digest);
    if (!receipt) return receipt.error();
    Accepted accepted{.kind = Accepted::Kind::repeat, .id = first.summary.id};
    if (*receipt) {
        accepted.receipt = **receipt;
        const auto noted = note_repeat(database, first, again, "repeat");
        if (!noted) return noted.error();
        return accepted;
    }
    const auto same = same_content(database, first, again);
    if (!same) return same.error();
    if (!*same) {
        accepted.kind = Accepted::Kind::conflicting;
        const auto noted =
            note_repeat(database, first, again, "conflicting", "same MessageId, other content");
        if (!noted) return noted.error();
        return accepted;
    }
    accepted.kind = Accepted::Kind::re_signed;
    accepted.receipt = again.receipt;
    const auto kept = keep_further_receipt(database, first, again);
    if (!kept) return kept.error();
    const auto noted = note_repeat(database, first, again, "repeat", "signed anew");
    if (!noted) return noted.error();
    return accepted;
}

base::Result<Accepted>
accept_first(Connection& database, const Inbound& message, PayloadFiles& files)
{
    std::optional<std::int64_t> due;
    if (message.state == State::received) due = 0;
    const auto key = insert_message(
        database, {.id = message.id,
                   .header = message.header,
                   .direction = Direction::inbound,
                   .state = message.state,
                   .created = message.received,
                   .due = due,
                   .origin = inbound_origin(message.header.from_party)}
    );
    if (!key) return key.error();
    const auto envelope = insert_envelope(database, *key, message.signer, message.envelope);
    if (!envelope) return envelope.error();
    const auto parts = insert_parts(database, *key, message.parts, files);
    if (!parts) return parts.error();
    const auto receipt = insert_receipt(
        database, *key, message.signed_info_digest, message.receipt_id, {}, message.receipt
    );
    if (!receipt) return receipt.error();
    const auto noted = add_event(database, *key, message.received, to_text(message.state));
    if (!noted) return noted.error();
    files.leave();
    return Accepted{.id = message.id, .receipt = message.receipt};
}

base::Result<Accepted> take(Connection& database, const Inbound& message, PayloadFiles& files)
{
    const auto first = find_first(database, message.header);
    if (!first) return first.error();
    if (*first) return accept_again(database, **first, message);
    return accept_first(database, message, files);
}

base::Result<>
refuse(Connection& database, const Header& header, const std::string& reason, base::Time at)
{
    const auto id = base::ordered_uuid(at);
    // No origin: a later good message with this MessageId is not a repeat of the refused one.
    const auto key = insert_message(
        database, {.id = id,
                   .header = header,
                   .direction = Direction::inbound,
                   .state = State::refused,
                   .created = at,
                   .last_error = reason}
    );
    if (!key) return key.error();
    return add_event(database, *key, at, to_text(State::refused), reason);
}

// If the clock was set back, restart the affected leases from now. Otherwise they would last too
// long. Such leases have the latest due times, so the search starts at that end. For a lease,
// `changed` is its start, and may go back with the clock.
base::Result<> correct_leases(Connection& database, const Queue::Lease& lease)
{
    constexpr std::int64_t max = 100; // per participant, in one call
    const auto now = base::to_millis(lease.now);
    for (const auto& participant : lease.participants) {
        const auto corrected = database.run(
            "UPDATE message SET due = ? + (due - changed), changed = ? WHERE changed > ? AND"
            " sequence IN (SELECT sequence FROM message WHERE direction = 'inbound'"
            " AND participant = ? AND due > ? ORDER BY due DESC LIMIT ?)",
            now, now, now, participant, now, max
        );
        if (!corrected) return corrected.error();
    }
    return {};
}

// Returns the oldest items that are fresh or whose lease has expired, at most lease.limit.
base::Result<std::vector<std::int64_t>> available(Connection& database, const Queue::Lease& lease)
{
    const auto now = base::to_millis(lease.now);
    const auto max = static_cast<std::int64_t>(lease.limit);
    std::set<std::int64_t> keys; // a set: a participant may be named twice
    for (const auto& participant : lease.participants) {
        const auto fresh = read_keys(database.query(
            "SELECT sequence FROM message WHERE direction = 'inbound' AND participant = ?"
            " AND due = 0 ORDER BY sequence LIMIT ?",
            participant, max
        ));
        if (!fresh) return fresh.error();
        const auto lapsed = read_keys(database.query(
            "SELECT sequence FROM message WHERE direction = 'inbound' AND participant = ?"
            " AND due > 0 AND due <= ? ORDER BY due, sequence LIMIT ?",
            participant, now, max
        ));
        if (!lapsed) return lapsed.error();
        keys.insert(fresh->begin(), fresh->end());
        keys.insert(lapsed->begin(), lapsed->end());
        while (keys.size() > lease.limit)
            keys.erase(std::prev(keys.end()));
    }
    return std::vector<std::int64_t>(keys.begin(), keys.end());
}

base::Result<InboxItem> lease_one(Connection& database, const Queue::Lease& lease, std::int64_t key)
{
    const auto row = read_message(database, key);
    if (!row) return row.error();
    auto parts = read_parts(database, key);
    if (!parts) return parts.error();
    auto envelope = read_envelope(database, key);
    if (!envelope) return envelope.error();
    const auto token = base::uuid();
    const auto leased = database.run(
        "UPDATE message SET state = 'leased', due = ?, changed = ?, owner = ?, lease = ?,"
        " deliveries = deliveries + 1 WHERE sequence = ?",
        base::to_millis(lease.until), base::to_millis(lease.now), lease.client, token, key
    );
    if (!leased) return leased.error();
    const auto at = lease.at.value_or(lease.now);
    const auto noted = add_event(database, key, at, to_text(State::leased), lease.client);
    if (!noted) return noted.error();
    return InboxItem{
        .id = row->summary.id,
        .header = row->summary.header,
        .envelope = std::move(*envelope),
        .parts = std::move(*parts),
        .received = row->summary.created,
        .lease_until = lease.until,
        .lease = token,
        .delivery_count = row->deliveries + 1,
    };
}

struct Acknowledgement {
    std::string id;
    std::string lease;
    Visibility visibility;
    base::Time now;
};

base::Result<> settle_lease(Connection& database, const Acknowledgement& given)
{
    const auto row = read_message(database, given.id);
    if (!row) return row.error();
    const auto state = row->summary.state;
    if (!given.visibility.includes(row->participant) ||
        row->summary.direction != Direction::inbound || state == State::refused)
        return base::Error(errc::not_found, given.id);
    if (given.lease.empty() || row->lease != given.lease)
        return base::Error(errc::wrong_state, given.id);
    if (state == State::acknowledged) return {};
    // An expired lease still counts until the item is leased again: the state is `leased` with this
    // token.
    const auto changed = database.run(
        "UPDATE message SET state = 'acknowledged', due = NULL, changed = ? WHERE sequence = ?",
        row->changed_by(given.now), row->key()
    );
    if (!changed) return changed.error();
    return add_event(database, row->key(), given.now, to_text(State::acknowledged), row->owner);
}

} // namespace

void Queue::accept(Inbound message, Completion<Accepted> done)
{
    auto files = store_->adopt(message.parts, done);
    if (!files) return;
    const auto octets =
        message.envelope.size() + message.receipt.size() + octets_in_memory(message.parts);
    auto run = [message = std::move(message)](Connection& database, PayloadFiles& kept) {
        return take(database, message, kept);
    };
    store_->write<Accepted>(
        std::move(run), std::move(done), std::move(*files), Writer::Admission::limited, octets
    );
}

base::Result<bool> Queue::has_receipt(
    const std::string& from_party, const std::string& message_id,
    const base::Bytes& signed_info_digest
) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    const auto known = knows_form(snapshot->database(), from_party, message_id, signed_info_digest);
    if (!known) return store_->seen(known.error());
    return known;
}

void Queue::record_refusal(Header header, std::string reason, base::Time at, Completion<void> done)
{
    auto run = [header = std::move(header), reason = std::move(reason),
                at](Connection& database, PayloadFiles&) {
        return refuse(database, header, reason, at);
    };
    store_->write<void>(std::move(run), std::move(done));
}

void Queue::lease(Lease lease, Completion<std::vector<InboxItem>> done)
{
    auto run = [lease = std::move(lease
                )](Connection& database, PayloadFiles&) -> base::Result<std::vector<InboxItem>> {
        const auto corrected = correct_leases(database, lease);
        if (!corrected) return corrected.error();
        const auto keys = available(database, lease);
        if (!keys) return keys.error();
        std::vector<InboxItem> items;
        for (const auto key : *keys) {
            auto item = lease_one(database, lease, key);
            if (!item) return item.error();
            items.push_back(std::move(*item));
        }
        return items;
    };
    store_->write<std::vector<InboxItem>>(std::move(run), std::move(done));
}

void Queue::acknowledge(
    std::string id, std::string lease, Visibility visibility, base::Time now, Completion<void> done
)
{
    Acknowledgement given{
        .id = std::move(id),
        .lease = std::move(lease),
        .visibility = std::move(visibility),
        .now = now
    };
    auto run = [given = std::move(given)](Connection& database, PayloadFiles&) {
        return settle_lease(database, given);
    };
    // `always`: without its acknowledgement, the item would be handed out again at lease expiry.
    store_->write<void>(std::move(run), std::move(done), {}, Writer::Admission::always);
}

} // namespace queue
