// SPDX-License-Identifier: Apache-2.0
// Reads: each sees one consistent state of the store. Whose message it is decides who sees it.
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>
#include <limits>

namespace queue {
namespace {

constexpr std::size_t page_limit = 500;
constexpr std::int64_t history_limit = 1000; // the newest attempts and events of a message that are shown

base::Result<MessageRow> read_visible(
    Connection& database, const std::string& id, const std::vector<std::string>& participants
)
{
    auto row = read_message(database, id);
    if (!row) return row.error();
    if (!row->visible_to(participants)) return base::Error(errc::not_found, id);
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
            .started = base::from_millis(rows.integer(0)), .took = base::Duration(rows.integer(1)),
            .endpoint = rows.text(2), .tls_peer = rows.text(3),
            .http_status = static_cast<int>(rows.integer(4)), .error = rows.text(5),
            .ebms_error = rows.text(6), .bytes = static_cast<std::uint64_t>(rows.integer(7)),
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
            .at = base::from_millis(rows.integer(1)), .name = rows.text(2), .detail = rows.text(3),
        });
    }
    std::ranges::reverse(events);
    return events;
}

// The first receipt: later ones of an inbound message answer forms signed anew.
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

base::Result<Message> read_whole(
    Connection& database, const std::string& id, const std::vector<std::string>& participants
)
{
    auto row = read_visible(database, id, participants);
    if (!row) return row.error();
    auto parts = read_parts(database, row->key());
    if (!parts) return parts.error();
    auto attempts = read_attempts(database, row->key());
    if (!attempts) return attempts.error();
    auto events = read_events(database, row->key());
    if (!events) return events.error();
    Message message{
        .parts = std::move(*parts), .attempts = std::move(*attempts),
        .events = std::move(*events), .lease = row->lease, .expires = row->expires
    };
    const auto key = row->key();
    message.summary = std::move(row->summary);
    if (const auto read = read_receipt(database, key, message); !read) return read.error();
    return message;
}

base::Result<base::Content> read_payload(
    Connection& database, const base::Path& folder, std::int64_t message, std::size_t n
)
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

// Gathers the newest sequences of several queries, never more than a page.
class Page {
public:
    explicit Page(const Filter& filter) : limit_(std::min(filter.limit, page_limit))
    {
        if (filter.before != 0) before_ = static_cast<std::int64_t>(filter.before);
    }
    // With ?1 = before, ?2 = after, ?3 = limit; then the values given.
    template <class... Values>
    base::Result<> add(Connection& database, std::string_view sql, const Values&... values)
    {
        const auto limit = static_cast<std::int64_t>(limit_);
        const auto keys = read_keys(database.query(sql, before_, after_, limit, values...));
        if (!keys) return keys.error();
        keys_.insert(keys_.end(), keys->begin(), keys->end());
        std::ranges::sort(keys_, std::greater());
        const auto repeated = std::ranges::unique(keys_);
        keys_.erase(repeated.begin(), repeated.end());
        if (keys_.size() < limit_) return {};
        keys_.resize(limit_);
        if (limit_ != 0) after_ = keys_.back(); // what is older is not on this page
        return {};
    }
    const std::vector<std::int64_t>& keys() const { return keys_; }

private:
    std::size_t limit_;
    std::int64_t before_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t after_ = 0;
    std::vector<std::int64_t> keys_;
};

constexpr Direction direction_of(State state)
{
    switch (state) {
    case State::received:
    case State::leased:
    case State::acknowledged:
    case State::refused: return Direction::inbound;
    default: return Direction::outbound;
    }
}

std::vector<State> wanted_states(const Filter& filter)
{
    std::vector<State> states;
    for (const auto state : {State::queued, State::sending, State::deferred, State::delivered,
                             State::unproven, State::bounced, State::expired, State::received,
                             State::leased, State::acknowledged, State::refused}) {
        if (filter.state && *filter.state != state) continue;
        if (filter.direction && *filter.direction != direction_of(state)) continue;
        states.push_back(state);
    }
    return states;
}

base::Result<> fill(Connection& database, const Filter& filter, Page& page)
{
    if (filter.participants.empty() && !filter.state && !filter.direction)
        return page.add(
            database, "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                      " ORDER BY sequence DESC LIMIT ?3"
        );
    // State by state and participant by participant: each is a range of an index, newest first.
    for (const auto state : wanted_states(filter)) {
        auto added = base::Result<>();
        if (filter.participants.empty())
            added = page.add(
                database, "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                          " AND state = ?4 ORDER BY sequence DESC LIMIT ?3", to_text(state)
            );
        if (!added) return added.error();
        for (const auto& participant : filter.participants) {
            added = page.add(
                database, "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                          " AND state = ?4 AND participant = ?5 ORDER BY sequence DESC LIMIT ?3",
                to_text(state), participant
            );
            if (!added) return added.error();
        }
    }
    return {};
}

// A MessageId names few rows; the other conditions are tried on each.
base::Result<> fill_by_message_id(Connection& database, const Filter& filter, Page& page)
{
    std::optional<std::string_view> direction;
    if (filter.direction) direction = to_text(*filter.direction);
    std::optional<std::string_view> state;
    if (filter.state) state = to_text(*filter.state);
    std::vector<std::optional<std::string_view>> participants(
        filter.participants.begin(), filter.participants.end()
    );
    if (participants.empty()) participants.emplace_back();
    for (const auto& participant : participants) {
        const auto added = page.add(
            database, "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                      " AND message_id = ?4 AND (?5 IS NULL OR direction = ?5)"
                      " AND (?6 IS NULL OR state = ?6) AND (?7 IS NULL OR participant = ?7)"
                      " ORDER BY sequence DESC LIMIT ?3",
            filter.message_id, direction, state, participant
        );
        if (!added) return added.error();
    }
    return {};
}

base::Result<std::vector<Summary>> read_list(Connection& database, const Filter& filter)
{
    Page page(filter);
    const auto filled = filter.message_id.empty() ? fill(database, filter, page)
                                                  : fill_by_message_id(database, filter, page);
    if (!filled) return filled.error();
    std::vector<Summary> summaries;
    for (const auto key : page.keys()) {
        auto row = read_message(database, key);
        if (!row) return row.error();
        summaries.push_back(std::move(row->summary));
    }
    return summaries;
}

base::Result<Counts> read_counts(Connection& database)
{
    Counts counts;
    auto rows = database.query("SELECT state, count(*) FROM message GROUP BY state");
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) break;
        const auto state = state_from_text(rows.view(0));
        if (!state) return base::Error(errc::damaged, "unknown state");
        counts.by_state.emplace_back(*state, static_cast<std::uint64_t>(rows.integer(1)));
    }
    for (const auto state : {State::queued, State::deferred}) {
        auto oldest = database.query(
            "SELECT created FROM message WHERE state = ? ORDER BY sequence LIMIT 1", to_text(state)
        );
        const auto found = oldest.next();
        if (!found) return found.error();
        if (!*found) continue;
        const auto created = base::from_millis(oldest.integer(0));
        counts.oldest_waiting = std::min(counts.oldest_waiting.value_or(created), created);
    }
    return counts;
}

} // namespace

base::Result<Message> Queue::find(
    const std::string& id, const std::vector<std::string>& participants
) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto message = read_whole(snapshot->database(), id, participants);
    if (!message) return store_->seen(message.error());
    return message;
}

base::Result<std::vector<Summary>> Queue::list(const Filter& filter) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto summaries = read_list(snapshot->database(), filter);
    if (!summaries) return store_->seen(summaries.error());
    return summaries;
}

base::Result<Counts> Queue::counts() const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto counts = read_counts(snapshot->database());
    if (!counts) return store_->seen(counts.error());
    return counts;
}

base::Result<base::Content> Queue::payload(
    const std::string& id, std::size_t n, const std::vector<std::string>& participants
) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    const auto row = read_visible(snapshot->database(), id, participants);
    if (!row) return store_->seen(row.error());
    auto content = read_payload(snapshot->database(), store_->payload_folder(), row->key(), n);
    if (!content) return store_->seen(content.error());
    return content;
}

base::Result<std::optional<base::Time>> Queue::next_due(base::Time now) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto rows = snapshot->database().query(
        "SELECT due FROM message WHERE direction = 'outbound' AND due IS NOT NULL"
        " ORDER BY due LIMIT 1"
    );
    const auto found = rows.next();
    if (!found) return store_->seen(found.error());
    if (!*found) return std::optional<base::Time>();
    return std::optional(std::max(now, base::from_millis(rows.integer(0)))); // overdue is due now
}

} // namespace queue
