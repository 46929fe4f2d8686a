// SPDX-License-Identifier: Apache-2.0
// Reads over many messages: pages and counts. Each query is a range of an index, so that a page
// costs the same in a store of a million messages.
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

namespace queue {
namespace {

constexpr std::size_t page_limit = 500;

// Merges the newest sequences of several queries into one page at most.
class Page {
public:
    explicit Page(const Filter& filter) : limit_(std::min(filter.limit, page_limit))
    {
        if (filter.before != 0) before_ = static_cast<std::int64_t>(filter.before);
    }
    // In `sql`: ?1 = before, ?2 = after, ?3 = limit, then `values`.
    template <class... Values>
    base::Result<> add(Connection& database, std::string_view sql, const Values&... values)
    {
        const auto limit = static_cast<std::int64_t>(limit_);
        const auto keys = read_keys(database.query(sql, before_, after_, limit, values...));
        if (!keys) return keys.error();
        keys_.insert(keys_.end(), keys->begin(), keys->end());
        std::ranges::sort(keys_, std::greater());
        keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
        if (keys_.size() < limit_) return {};
        keys_.resize(limit_);
        if (limit_ != 0) after_ = keys_.back(); // older messages are not on this page
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
    case State::refused:
    case State::answered:
        return Direction::inbound;
    default:
        return Direction::outbound;
    }
}

std::vector<State> wanted_states(const Filter& filter)
{
    std::vector<State> states;
    for (const auto state :
         {State::queued, State::sending, State::deferred, State::delivered, State::unproven,
          State::bounced, State::expired, State::received, State::leased, State::acknowledged,
          State::refused, State::answered}) {
        if (filter.state && *filter.state != state) continue;
        if (filter.direction && *filter.direction != direction_of(state)) continue;
        states.push_back(state);
    }
    return states;
}

base::Result<> fill(Connection& database, const Filter& filter, Page& page)
{
    if (filter.visibility.is_all() && !filter.state && !filter.direction)
        return page.add(
            database, "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                      " ORDER BY sequence DESC LIMIT ?3"
        );
    // One query per state and participant: each is a range of an index, newest first.
    for (const auto state : wanted_states(filter)) {
        auto added = base::Result<>();
        if (filter.visibility.is_all())
            added = page.add(
                database,
                "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                " AND state = ?4 ORDER BY sequence DESC LIMIT ?3",
                to_text(state)
            );
        if (!added) return added.error();
        for (const auto& participant : filter.visibility.participants()) {
            added = page.add(
                database,
                "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2"
                " AND state = ?4 AND participant = ?5 ORDER BY sequence DESC LIMIT ?3",
                to_text(state), participant
            );
            if (!added) return added.error();
        }
    }
    return {};
}

constexpr std::array with_message_id{
    std::string_view(
        "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2 AND message_id = ?4"
        " AND origin IS NOT NULL AND (?5 IS NULL OR direction = ?5)"
        " AND (?6 IS NULL OR state = ?6) AND (?7 IS NULL OR participant = ?7)"
        " ORDER BY sequence DESC LIMIT ?3"
    ),
    std::string_view(
        "SELECT sequence FROM message WHERE sequence < ?1 AND sequence > ?2 AND message_id = ?4"
        " AND origin IS NULL AND (?5 IS NULL OR direction = ?5)"
        " AND (?6 IS NULL OR state = ?6) AND (?7 IS NULL OR participant = ?7)"
        " ORDER BY sequence DESC LIMIT ?3"
    )
};

// Under a MessageId the store has at most one message of ours and one of each party. It may also
// have many refused messages. The other conditions are tested on each of these rows.
base::Result<> fill_by_message_id(Connection& database, const Filter& filter, Page& page)
{
    std::optional<std::string_view> direction;
    if (filter.direction) direction = to_text(*filter.direction);
    std::optional<std::string_view> state;
    if (filter.state) state = to_text(*filter.state);
    const auto& own = filter.visibility.participants();
    std::vector<std::optional<std::string_view>> participants(own.begin(), own.end());
    // NULL in the statement means any participant.
    if (filter.visibility.is_all()) participants.emplace_back();
    for (const auto& participant : participants) {
        for (const auto sql : with_message_id) {
            const auto added =
                page.add(database, sql, filter.message_id, direction, state, participant);
            if (!added) return added.error();
        }
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
    auto rows = database.query("SELECT state, peer, messages FROM state_count WHERE messages > 0");
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) break;
        const auto state = state_from_text(rows.view(0));
        if (!state) return base::Error(errc::damaged, "unknown state");
        const auto messages = static_cast<std::uint64_t>(rows.integer(2));
        counts.of.push_back({*state, rows.text(1), messages});
        if (counts.by_state.empty() || counts.by_state.back().first != *state)
            counts.by_state.emplace_back(*state, 0);
        counts.by_state.back().second += messages;
    }
    for (const auto state :
         {State::queued, State::sending, State::deferred, State::received, State::leased}) {
        auto oldest = database.query(
            "SELECT created FROM message WHERE state = ? ORDER BY sequence LIMIT 1", to_text(state)
        );
        const auto found = oldest.next();
        if (!found) return found.error();
        if (!*found) continue;
        const auto created = base::from_millis(oldest.integer(0));
        counts.oldest.emplace_back(state, created);
        if (state != State::queued && state != State::deferred) continue;
        counts.oldest_waiting = std::min(counts.oldest_waiting.value_or(created), created);
    }
    return counts;
}

} // namespace

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

} // namespace queue
