// SPDX-License-Identifier: Apache-2.0
// One statement per table and direction (read or write), so that a column is named in one place.
#include "queue/rows.hpp"

#include <algorithm>

namespace queue {
namespace {

constexpr std::int64_t max_remarks = 20; // of one name, per message

base::Result<MessageRow> to_row(Rows& rows)
{
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return base::Error(errc::not_found);
    MessageRow row;
    auto& summary = row.summary;
    summary.sequence = static_cast<std::uint64_t>(rows.integer(0));
    summary.id = rows.text(1);
    summary.direction = rows.view(2) == "inbound" ? Direction::inbound : Direction::outbound;
    const auto state = state_from_text(rows.view(3));
    if (!state) return base::Error(errc::damaged, "unknown state of message " + summary.id);
    summary.state = *state;
    if (!rows.is_null(4)) row.due = base::from_millis(rows.integer(4));
    if (summary.state == State::deferred) summary.next_try = row.due;
    row.participant = rows.text(5);
    summary.header = Header{
        .message_id = rows.text(6),
        .conversation_id = rows.text(7),
        .from_party = rows.text(8),
        .to_party = rows.text(9),
        .sender = rows.text(10),
        .recipient = rows.text(11),
        .service = rows.text(12),
        .action = rows.text(13),
        .peer = rows.text(14),
    };
    summary.created = base::from_millis(rows.integer(15));
    summary.changed = base::from_millis(rows.integer(16));
    row.expires = base::from_millis(rows.integer(17));
    row.owner = rows.text(18);
    row.lease = rows.text(19);
    summary.attempts = static_cast<int>(rows.integer(20));
    row.deliveries = static_cast<int>(rows.integer(21));
    row.outcome_unknown = rows.integer(22) != 0;
    summary.last_error = rows.text(23);
    row.payload_gone = rows.integer(24) < 2;
    return row;
}

#define MESSAGE_COLUMNS                                                                            \
    "sequence, id, direction, state, due, participant, message_id, conversation_id, from_party, "  \
    "to_party, sender, recipient, service, action, peer, created, changed, expires, owner, "       \
    "lease, "                                                                                      \
    "attempts, deliveries, outcome_unknown, last_error, kept"

} // namespace

std::int64_t MessageRow::changed_by(base::Time at) const
{
    return base::to_millis(std::max({at, summary.created, summary.changed}));
}

std::string inbound_origin(const std::string& from_party)
{
    return "party " + from_party;
}

base::Result<std::int64_t> insert_message(Connection& database, const NewMessage& message)
{
    const auto& header = message.header;
    const bool outbound = message.direction == Direction::outbound;
    std::optional<std::string_view> key;
    if (!message.idempotency_key.empty()) key = message.idempotency_key;
    const auto inserted = database.run(
        "INSERT INTO message (id, direction, state, due, participant, origin, message_id,"
        " conversation_id, from_party, to_party, sender, recipient, service, action, peer, created,"
        " changed, expires, client, idempotency_key, content_sha256, last_error)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        message.id, to_text(message.direction), to_text(message.state), message.due,
        outbound ? header.sender : header.recipient, message.origin, header.message_id,
        header.conversation_id, header.from_party, header.to_party, header.sender, header.recipient,
        header.service, header.action, header.peer, base::to_millis(message.created),
        base::to_millis(message.created), base::to_millis(message.expires), message.client, key,
        Blob{message.content_sha256}, message.last_error
    );
    if (!inserted) return inserted.error();
    return database.last_row();
}

base::Result<> insert_envelope(
    Connection& database, std::int64_t message, base::BytesView signer, base::BytesView octets
)
{
    return database.run(
        "INSERT INTO envelope (message, signer, octets) VALUES (?, ?, ?)", message, Blob{signer},
        Blob{octets}
    );
}

base::Result<base::Bytes> read_envelope(Connection& database, std::int64_t message)
{
    auto rows = database.query("SELECT octets FROM envelope WHERE message = ?", message);
    const auto found = rows.next();
    if (!found) return found.error();
    return *found ? rows.text(0) : base::Bytes();
}

base::Result<> insert_parts(
    Connection& database, std::int64_t message, const std::vector<NewPart>& parts,
    const PayloadFiles& files
)
{
    for (std::size_t n = 0; n < parts.size(); ++n) {
        const auto& [part, content] = parts[n];
        std::optional<std::string_view> file;
        std::optional<Blob> octets;
        if (files.name(n).empty())
            octets = Blob{content.memory()};
        else
            file = files.name(n);
        const auto inserted = database.run(
            "INSERT INTO part (message, number, content_id, mime_type, character_set, compressed,"
            " plain_size, stored_size, sha256, file, octets)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            message, static_cast<std::int64_t>(n), part.content_id, part.mime_type,
            part.character_set, std::int64_t{part.compressed},
            static_cast<std::int64_t>(part.plain_size), static_cast<std::int64_t>(part.stored_size),
            Blob{part.sha256}, file, octets
        );
        if (!inserted) return inserted.error();
    }
    return {};
}

std::uint64_t octets_in_memory(const std::vector<NewPart>& parts)
{
    std::uint64_t octets = 0;
    for (const auto& part : parts)
        if (!part.content.in_file()) octets += part.content.size();
    return octets;
}

base::Result<> insert_receipt(
    Connection& database, std::int64_t message, base::BytesView signed_info_digest,
    std::string_view receipt_id, base::BytesView signer, base::BytesView octets
)
{
    return database.run(
        "INSERT INTO receipt (message, signed_info_digest, receipt_id, signer, octets)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        message, Blob{signed_info_digest}, receipt_id, Blob{signer}, Blob{octets}
    );
}

base::Result<>
insert_attempt(Connection& database, std::int64_t message, int number, const Attempt& attempt)
{
    return database.run(
        "INSERT INTO attempt (message, number, started, took, endpoint, tls_peer, http_status,"
        " error, ebms_error, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        message, std::int64_t{number}, base::to_millis(attempt.started),
        std::int64_t{attempt.took.count()}, attempt.endpoint, attempt.tls_peer,
        std::int64_t{attempt.http_status}, attempt.error, attempt.ebms_error,
        static_cast<std::int64_t>(attempt.bytes)
    );
}

base::Result<> add_event(
    Connection& database, std::int64_t message, base::Time at, std::string_view name,
    std::string_view detail
)
{
    return database.run(
        "INSERT INTO event (message, at, name, detail) VALUES (?, ?, ?, ?)", message,
        base::to_millis(at), name, detail
    );
}

base::Result<bool> add_event_of_many(
    Connection& database, std::int64_t message, base::Time at, std::string_view name,
    std::string_view detail, std::int64_t max
)
{
    const auto kept = count(
        database.query("SELECT count(*) FROM event WHERE message = ? AND name = ?", message, name)
    );
    if (!kept) return kept.error();
    if (*kept >= max) return false;
    if (const auto added = add_event(database, message, at, name, detail); !added)
        return added.error();
    return true;
}

base::Result<std::vector<Remark>> add_remarks(
    Connection& database, std::int64_t message, base::Time at, const std::vector<Remark>& remarks
)
{
    std::vector<Remark> fresh;
    for (const auto& remark : remarks) {
        const auto& [name, detail] = remark;
        const auto same = count(database.query(
            "SELECT count(*) FROM event WHERE message = ? AND name = ? AND detail = ?", message,
            name, detail
        ));
        if (!same) return same.error();
        if (*same > 0) continue;
        const auto added = add_event_of_many(database, message, at, name, detail, max_remarks);
        if (!added) return added.error();
        if (*added) fresh.push_back(remark);
    }
    return fresh;
}

base::Result<std::int64_t> count(Rows rows)
{
    const auto found = rows.next();
    if (!found) return found.error();
    return *found ? rows.integer(0) : 0;
}

base::Result<MessageRow> read_message(Connection& database, std::int64_t sequence)
{
    auto rows =
        database.query("SELECT " MESSAGE_COLUMNS " FROM message WHERE sequence = ?", sequence);
    return to_row(rows);
}

base::Result<MessageRow> read_message(Connection& database, const std::string& id)
{
    auto rows = database.query("SELECT " MESSAGE_COLUMNS " FROM message WHERE id = ?", id);
    return to_row(rows);
}

base::Result<std::vector<Part>> read_parts(Connection& database, std::int64_t message)
{
    auto rows = database.query(
        "SELECT content_id, mime_type, character_set, compressed, plain_size, stored_size, sha256"
        " FROM part WHERE message = ? ORDER BY number",
        message
    );
    std::vector<Part> parts;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return parts;
        parts.push_back({
            .content_id = rows.text(0),
            .mime_type = rows.text(1),
            .character_set = rows.text(2),
            .compressed = rows.integer(3) != 0,
            .plain_size = static_cast<std::uint64_t>(rows.integer(4)),
            .stored_size = static_cast<std::uint64_t>(rows.integer(5)),
            .sha256 = rows.text(6),
        });
    }
}

base::Result<std::vector<std::int64_t>> read_keys(Rows rows)
{
    std::vector<std::int64_t> keys;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return keys;
        keys.push_back(rows.integer(0));
    }
}

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

} // namespace queue
