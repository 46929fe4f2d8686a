// SPDX-License-Identifier: Apache-2.0
// A peer without slots costs one look-up in an index, however many messages wait for it. Each
// look-up names its index. Without statistics of the tables SQLite guesses the index, and a wrong
// guess scans all waiting messages.
#include "queue/turns.hpp"

#include "queue/rows.hpp"

#include <algorithm>

namespace queue {
namespace {

using Keys = std::vector<std::int64_t>;

std::size_t slots_of(const std::string& peer, const Slots& slots, std::size_t default_slots)
{
    const auto named = slots.find(peer);
    return named == slots.end() ? default_slots : named->second;
}

// A peer with waiting messages, and the earliest due time among them.
struct Waiting {
    std::string peer;
    base::Time due;
};

// Visits each peer with waiting messages once, starting with the peer that follows `after`. Each
// visit costs one look-up, and one more look-up starts again at the first peer.
class Round {
public:
    Round(Connection& database, std::string after)
        : database_(database), after_(std::move(after)), wrapped_(after_.empty())
    {
        if (!wrapped_) from_ = following(after_);
    }
    // Returns nothing at the end of the round.
    base::Result<std::optional<Waiting>> next()
    {
        auto found = first_from(from_);
        if (found && !*found && !wrapped_) {
            wrapped_ = true;
            found = first_from({});
        }
        if (!found || !*found) return found;
        if (wrapped_ && !after_.empty() && (*found)->peer > after_) return std::optional<Waiting>();
        from_ = following((*found)->peer);
        return found;
    }

private:
    static std::string following(const std::string& peer) { return peer + '\0'; }
    base::Result<std::optional<Waiting>> first_from(const std::string& from)
    {
        auto rows = database_.query(
            "SELECT peer, due FROM message INDEXED BY message_due_by_peer"
            " WHERE direction = 'outbound' AND due IS NOT NULL AND peer >= ?"
            " ORDER BY peer, due LIMIT 1",
            from
        );
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return std::optional<Waiting>();
        return std::optional(
            Waiting{.peer = rows.text(0), .due = base::from_millis(rows.integer(1))}
        );
    }

    Connection& database_;
    std::string after_;
    std::string from_;
    bool wrapped_; // past the last peer, or started at the first
};

// Returns the due messages of one peer, the earliest due first.
base::Result<Keys>
due_of(Connection& database, const std::string& peer, base::Time now, std::size_t max)
{
    return read_keys(database.query(
        "SELECT sequence FROM message INDEXED BY message_due_by_peer"
        " WHERE direction = 'outbound' AND peer = ? AND due <= ? ORDER BY due, sequence LIMIT ?",
        peer, base::to_millis(now), static_cast<std::int64_t>(max)
    ));
}

// Takes one key of each hand, then a second of each, and so on, up to `max` keys.
Keys dealt(const std::vector<Keys>& hands, std::size_t max)
{
    Keys keys;
    bool more = true;
    for (std::size_t turn = 0; more; ++turn) {
        more = false;
        for (const auto& hand : hands) {
            if (turn >= hand.size()) continue;
            if (keys.size() == max) return keys;
            keys.push_back(hand[turn]);
            more = true;
        }
    }
    return keys;
}

} // namespace

base::Result<Keys> due_in_turns(Connection& database, const Queue::Claim& claim)
{
    std::vector<Keys> hands;
    Round round(database, claim.after);
    while (hands.size() < claim.limit) {
        const auto waiting = round.next();
        if (!waiting) return waiting.error();
        if (!*waiting) break;
        const auto& [peer, due] = **waiting;
        const auto slots = std::min(slots_of(peer, claim.slots, claim.default_slots), claim.limit);
        if (slots == 0 || due > claim.now) continue;
        auto keys = due_of(database, peer, claim.now, slots);
        if (!keys) return keys.error();
        hands.push_back(std::move(*keys));
    }
    return dealt(hands, claim.limit);
}

base::Result<std::optional<base::Time>>
earliest_due(Connection& database, base::Time now, const Slots& slots, std::size_t default_slots)
{
    std::optional<base::Time> earliest;
    Round round(database, {});
    while (true) {
        const auto waiting = round.next();
        if (!waiting) return waiting.error();
        if (!*waiting) return earliest;
        const auto& [peer, due] = **waiting;
        if (slots_of(peer, slots, default_slots) == 0) continue;
        earliest = std::min(earliest.value_or(due), due);
        if (*earliest <= now) return std::optional(now); // an overdue message is due now
    }
}

} // namespace queue
