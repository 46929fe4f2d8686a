// SPDX-License-Identifier: Apache-2.0
// One step of retention. A reader searches for messages that are due, and one bounded write removes
// them. Files are removed after the commit that no longer names them. The write judges each
// candidate again, because a late receipt may have given it a new end.
#include "queue/retention.hpp"

#include "base/log.hpp"
#include "queue/rows.hpp"
#include "queue/store.hpp"

#include <array>
#include <future>

namespace queue {
namespace {

constexpr std::int64_t rows_of_a_step = 100;
// Octets of payloads in rows, whose pages are freed.
constexpr std::uint64_t row_octets_of_a_step = 8u << 20;
constexpr int looks_of_a_step = 500; // index look-ups; most of them find nothing

constexpr std::array ended{State::delivered,    State::unproven, State::bounced, State::expired,
                           State::acknowledged, State::refused,  State::answered};

// Values of message.kept.
constexpr std::int64_t whole = 2;
constexpr std::int64_t evidence_only = 1;

base::Time last_end(const Keep& keep, State state, bool records, base::Time now)
{
    return now - (records ? keep.record : keep.payload_of(state));
}

struct Due {
    std::vector<std::int64_t> keys;
    bool records = false;   // the stage that the keys belong to
    RetentionCursor cursor; // the search has come this far
    bool more = true;
};

base::Result<std::optional<std::string>>
next_participant(Connection& database, std::int64_t kept, const std::optional<std::string>& after)
{
    auto rows = after ? database.query(
                            "SELECT participant FROM message WHERE kept = ? AND due IS NULL"
                            " AND participant > ? ORDER BY participant LIMIT 1",
                            kept, *after
                        )
                      : database.query(
                            "SELECT participant FROM message WHERE kept = ? AND due IS NULL"
                            " ORDER BY participant LIMIT 1",
                            kept
                        );
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return std::optional<std::string>();
    return std::optional(rows.text(0));
}

// Searches the ended messages until a step is full or its look-ups are used up.
class Search {
public:
    Search(Connection& database, const RetentionRules& rules, base::Time now)
        : database_(database), rules_(rules), now_(now)
    {
    }
    base::Result<Due> from(RetentionCursor cursor)
    {
        due_.cursor = std::move(cursor);
        for (int looks = 0; looks < looks_of_a_step; looks += 1 + static_cast<int>(ended.size())) {
            const auto next = next_participant(database_, kept(), due_.cursor.participant);
            if (!next) return next.error();
            if (!*next && due_.cursor.records) {
                due_.more = false;
                break;
            }
            if (!*next) {
                due_.cursor = {.records = true, .participant = {}};
                if (!due_.keys.empty()) break; // a step has one stage
                continue;
            }
            if (const auto looked = look(**next); !looked) return looked.error();
            if (static_cast<std::int64_t>(due_.keys.size()) >= rows_of_a_step) break;
            due_.cursor.participant = **next; // nothing of this participant is left to do
        }
        return std::move(due_);
    }

private:
    std::int64_t kept() const { return due_.cursor.records ? evidence_only : whole; }
    base::Result<> look(const std::string& participant)
    {
        const auto& keep = rules_.for_participant(participant);
        due_.records = due_.cursor.records;
        for (const auto state : ended) {
            const auto room = rows_of_a_step - static_cast<std::int64_t>(due_.keys.size());
            const auto until = last_end(keep, state, due_.cursor.records, now_);
            const auto keys = read_keys(database_.query(
                "SELECT sequence FROM message WHERE kept = ? AND due IS NULL AND participant = ?"
                " AND state = ? AND changed <= ? ORDER BY changed LIMIT ?",
                kept(), participant, to_text(state), base::to_millis(until), room
            ));
            if (!keys) return keys.error();
            due_.keys.insert(due_.keys.end(), keys->begin(), keys->end());
        }
        return {};
    }

    Connection& database_;
    const RetentionRules& rules_;
    base::Time now_;
    Due due_;
};

// Result of one write.
struct Removed {
    Retained counts;
    std::vector<std::string> files; // no longer named by a row
    bool all = true;                // false: some candidates are left
};

struct Removal {
    RetentionRules rules;
    base::Time now;
    bool records = false;
    std::vector<std::int64_t> keys;
};

base::Result<bool> still_due(Connection& database, const Removal& removal, std::int64_t key)
{
    auto rows = database.query(
        "SELECT state, participant, changed FROM message"
        " WHERE sequence = ? AND due IS NULL AND kept = ?",
        key, removal.records ? evidence_only : whole
    );
    const auto found = rows.next();
    if (!found) return found.error();
    if (!*found) return false;
    const auto state = state_from_text(rows.view(0));
    if (!state || !is_final(*state)) return false;
    const auto& keep = removal.rules.for_participant(rows.view(1));
    return base::from_millis(rows.integer(2)) <=
           last_end(keep, *state, removal.records, removal.now);
}

// Adds the payload files to `removed`. Returns the octets that were in rows.
base::Result<std::uint64_t> note_parts(Connection& database, std::int64_t key, Removed& removed)
{
    auto rows =
        database.query("SELECT file, stored_size, length(octets) FROM part WHERE message = ?", key);
    std::uint64_t in_rows = 0;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return in_rows;
        if (rows.is_null(0)) {
            in_rows += static_cast<std::uint64_t>(rows.integer(2));
            continue;
        }
        removed.files.push_back(rows.text(0));
        removed.counts.octets += static_cast<std::uint64_t>(rows.integer(1));
    }
}

base::Result<> remove_payload(Connection& database, std::int64_t key)
{
    // The part's row stays, with its size and digest, because the receipt vouches for these.
    const auto emptied =
        database.run("UPDATE part SET file = NULL, octets = x'' WHERE message = ?", key);
    if (!emptied) return emptied.error();
    return database.run(
        "UPDATE message SET kept = ? WHERE sequence = ?", std::int64_t{evidence_only}, key
    );
}

base::Result<> remove_record(Connection& database, std::int64_t key)
{
    for (const std::string_view sql :
         {"DELETE FROM event WHERE message = ?", "DELETE FROM attempt WHERE message = ?",
          "DELETE FROM receipt WHERE message = ?", "DELETE FROM part WHERE message = ?",
          "DELETE FROM form WHERE message = ?", "DELETE FROM envelope WHERE message = ?",
          "DELETE FROM message WHERE sequence = ?"})
        if (const auto removed = database.run(sql, key); !removed) return removed.error();
    return {};
}

base::Result<Removed> remove(Connection& database, const Removal& removal)
{
    Removed removed;
    std::uint64_t in_rows = 0;
    for (const auto key : removal.keys) {
        if (in_rows >= row_octets_of_a_step) {
            removed.all = false;
            break;
        }
        const auto due = still_due(database, removal, key);
        if (!due) return due.error();
        if (!*due) continue;
        const auto freed = note_parts(database, key, removed);
        if (!freed) return freed.error();
        const auto gone =
            removal.records ? remove_record(database, key) : remove_payload(database, key);
        if (!gone) return gone.error();
        in_rows += *freed;
        ++(removal.records ? removed.counts.records : removed.counts.payloads);
    }
    removed.counts.octets += in_rows;
    return removed;
}

void remove_files(const base::Path& folder, Removed& removed)
{
    for (const auto& name : removed.files) {
        // A file that cannot be removed now has no row. The sweep of a later start removes it.
        if (const auto gone = base::remove_file(folder / name); !gone)
            base::log(
                base::Level::warning, "payload_not_removed", {{"error", gone.error().text()}}
            );
        else
            ++removed.counts.files;
    }
}

base::Result<Due> find_due(
    Readers& readers, const RetentionRules& rules, base::Time now, const RetentionCursor& cursor
)
{
    auto snapshot = readers.snapshot();
    if (!snapshot) return snapshot.error();
    return Search(snapshot->database(), rules, now).from(cursor);
}

} // namespace

base::Duration Keep::payload_of(State state) const
{
    switch (state) {
    case State::bounced:
    case State::expired:
    case State::unproven:
        return payload_failed;
    default:
        return payload;
    }
}

const Keep& RetentionRules::for_participant(std::string_view participant) const
{
    const auto own = of.find(participant);
    return own == of.end() ? usual : own->second;
}

void Retained::add(const Retained& step)
{
    payloads += step.payloads;
    records += step.records;
    files += step.files;
    octets += step.octets;
    more = step.more;
}

base::Result<Retained>
Queue::retain(const RetentionRules& rules, base::Time now, RetentionCursor& cursor)
{
    // A running backup relies on the files that its rows name.
    const std::lock_guard files_stay(store_->files_stay);
    auto due = find_due(store_->readers, rules, now, cursor);
    if (!due) return store_->seen(due.error());
    auto removed = base::Result<Removed>(Removed{});
    if (!due->keys.empty()) {
        Removal removal{.rules = rules, .now = now, .records = due->records, .keys = due->keys};
        std::promise<base::Result<Removed>> promise;
        auto done = [&promise](base::Result<Removed> result) {
            promise.set_value(std::move(result));
        };
        auto run = [removal = std::move(removal)](Connection& database, PayloadFiles&) {
            return remove(database, removal);
        };
        store_->write<Removed>(std::move(run), std::move(done));
        removed = promise.get_future().get(); // set after the commit
    }
    if (!removed) return removed.error();
    remove_files(store_->payload_folder(), *removed);
    removed->counts.more = due->more || !removed->all;
    if (removed->all) cursor = due->more ? std::move(due->cursor) : RetentionCursor();
    return removed->counts;
}

} // namespace queue
