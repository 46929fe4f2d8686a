// SPDX-License-Identifier: Apache-2.0
// Reads of one message. Each sees one consistent state of the store. The message's participant
// decides which callers may see it.
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>

namespace queue {
namespace {

// Number of attempts, and of events, that are shown: the newest ones.
constexpr std::int64_t history_limit = 1000;

base::Result<MessageRow>
read_visible(Connection& database, const std::string& id, const Visibility& visibility)
{
    auto row = read_message(database, id);
    if (!row) return row.error();
    if (!visibility.includes(row->participant)) return base::Error(errc::not_found, id);
    return row;
}

base::Result<std::vector<Attempt>> read_attempts(Connection& database, std::int64_t message)
{
    auto rows = database.query(
        "SELECT started, took, endpoint, tls_peer, http_status, error, ebms_error, bytes"
        " FROM attempt WHERE message = ? ORDER BY number DESC LIMIT ?",
        message, history_limit
    );
    std::vector<Attempt> attempts;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) break;
        attempts.push_back({
            .started = base::from_millis(rows.integer(0)),
            .took = base::Duration(rows.integer(1)),
            .endpoint = rows.text(2),
            .tls_peer = rows.text(3),
            .http_status = static_cast<int>(rows.integer(4)),
            .error = rows.text(5),
            .ebms_error = rows.text(6),
            .bytes = static_cast<std::uint64_t>(rows.integer(7)),
        });
    }
    std::ranges::reverse(attempts);
    return attempts;
}

base::Result<std::vector<Event>> read_events(Connection& database, std::int64_t message)
{
    auto rows = database.query(
        "SELECT sequence, at, name, detail FROM event WHERE message = ?"
        " ORDER BY sequence DESC LIMIT ?",
        message, history_limit
    );
    std::vector<Event> events;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) break;
        events.push_back({
            .sequence = static_cast<std::uint64_t>(rows.integer(0)),
            .at = base::from_millis(rows.integer(1)),
            .name = rows.text(2),
            .detail = rows.text(3),
        });
    }
    std::ranges::reverse(events);
    return events;
}

// Reads the first receipt. Later receipts of an inbound message answer re-signed forms.
base::Result<> read_receipt(Connection& database, std::int64_t key, Message& message)
{
    auto rows = database.query(
        "SELECT receipt_id, octets, signer FROM receipt WHERE message = ? ORDER BY rowid LIMIT 1",
        key
    );
    const auto found = rows.next();
    if (!found) return found.error();
    if (*found) {
        message.receipt_id = rows.text(0);
        message.receipt = rows.text(1);
        message.receipt_signer = rows.text(2);
    }
    if (message.summary.direction == Direction::outbound) return {};
    auto envelope = database.query("SELECT signer FROM envelope WHERE message = ?", key);
    const auto signed_by = envelope.next();
    if (!signed_by) return signed_by.error();
    if (*signed_by) message.receipt_signer = envelope.text(0);
    return {};
}

base::Result<Message>
read_whole(Connection& database, const std::string& id, const Visibility& visibility)
{
    auto row = read_visible(database, id, visibility);
    if (!row) return row.error();
    auto parts = read_parts(database, row->key());
    if (!parts) return parts.error();
    auto envelope = read_envelope(database, row->key());
    if (!envelope) return envelope.error();
    auto attempts = read_attempts(database, row->key());
    if (!attempts) return attempts.error();
    auto events = read_events(database, row->key());
    if (!events) return events.error();
    Message message{
        .envelope = std::move(*envelope),
        .parts = std::move(*parts),
        .attempts = std::move(*attempts),
        .events = std::move(*events),
        .lease = row->lease,
        .expires = row->expires,
        .payload_gone = row->payload_gone
    };
    const auto key = row->key();
    message.summary = std::move(row->summary);
    if (const auto read = read_receipt(database, key, message); !read) return read.error();
    return message;
}

base::Result<base::Content>
read_payload(Connection& database, const base::Path& folder, std::int64_t message, std::size_t n)
{
    const auto number = static_cast<std::int64_t>(n);
    auto rows = database.query(
        "SELECT file, octets, stored_size FROM part WHERE message = ? AND number = ?", message,
        number
    );
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return base::Error(errc::not_found, "part " + std::to_string(n));
    if (rows.is_null(0)) return base::Content::of(rows.text(1));
    const auto size = static_cast<std::uint64_t>(rows.integer(2));
    return base::Content::borrow(folder / rows.text(0), size);
}

} // namespace

base::Result<Message> Queue::find(const std::string& id, const Visibility& visibility) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto message = read_whole(snapshot->database(), id, visibility);
    if (!message) return store_->seen(message.error());
    return message;
}

base::Result<base::Content>
Queue::payload(const std::string& id, std::size_t n, const Visibility& visibility) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    const auto row = read_visible(snapshot->database(), id, visibility);
    if (!row) return store_->seen(row.error());
    if (row->payload_gone) return base::Error(errc::gone, id);
    auto content = read_payload(snapshot->database(), store_->payload_folder(), row->key(), n);
    if (!content) return store_->seen(content.error());
    return content;
}

} // namespace queue
