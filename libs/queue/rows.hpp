// SPDX-License-Identifier: Apache-2.0
// Conversion between the tables and the records, shared by inbox, outbox and reads.
#pragma once

#include "queue/payloads.hpp"
#include "queue/records.hpp"
#include "queue/sqlite.hpp"

#include <optional>
#include <string>
#include <vector>

namespace queue {

// A row of `message` that was read.
struct MessageRow {
    Summary summary;
    std::string participant;
    std::optional<base::Time> due;
    base::Time expires;
    std::string owner;
    std::string lease;
    int deliveries = 0;
    bool outcome_unknown = false;
    bool payload_gone = false;

    std::int64_t key() const { return static_cast<std::int64_t>(summary.sequence); }
    // Returns the new value of `changed`, from which retention counts. Never earlier than the
    // stored value. Otherwise a message that ends while the clock is set back would look old, and
    // retention would delete it once the clock is corrected.
    std::int64_t changed_by(base::Time at) const;
};

// A row of `message` to write. The values it refers to must outlive the call.
struct NewMessage {
    const std::string& id;
    const Header& header;
    Direction direction = Direction::outbound;
    State state = State::queued;
    base::Time created;
    base::Time expires;
    std::optional<std::int64_t> due;
    std::optional<std::string> origin;
    std::string_view client;
    std::string_view idempotency_key; // empty: none
    base::BytesView content_sha256;
    std::string_view last_error;
};

std::string inbound_origin(const std::string& from_party);

base::Result<std::int64_t> insert_message(Connection& database, const NewMessage& message);
base::Result<> insert_envelope(
    Connection& database, std::int64_t message, base::BytesView signer, base::BytesView octets
);
base::Result<base::Bytes> read_envelope(Connection& database, std::int64_t message); // empty: none
// Returns the forms that add_form() replaced, oldest first.
base::Result<std::vector<base::Bytes>> read_forms(Connection& database, std::int64_t message);
base::Result<> insert_parts(
    Connection& database, std::int64_t message, const std::vector<NewPart>& parts,
    const PayloadFiles& files
);
// Octets of the parts that are not in files: the memory that a message holds on its way to the
// writer.
std::uint64_t octets_in_memory(const std::vector<NewPart>& parts);
// Does nothing if a receipt for this signed form exists.
base::Result<> insert_receipt(
    Connection& database, std::int64_t message, base::BytesView signed_info_digest,
    std::string_view receipt_id, base::BytesView signer, base::BytesView octets
);
base::Result<>
insert_attempt(Connection& database, std::int64_t message, int number, const Attempt& attempt);
base::Result<> add_event(
    Connection& database, std::int64_t message, base::Time at, std::string_view name,
    std::string_view detail = {}
);
// Adds the event unless the message has `max` events of that name. The bound is for events that a
// peer can cause as often as it likes. Returns whether the event was added.
base::Result<bool> add_event_of_many(
    Connection& database, std::int64_t message, base::Time at, std::string_view name,
    std::string_view detail, std::int64_t max
);
// Returns the remarks of a settlement or a signal. Adds its contradiction if the message's state is
// one that it contradicts.
template <class Word> std::vector<Remark> remarks_for(const Word& word, State state)
{
    auto remarks = word.remarks;
    const bool contradicts = is_contradicted(state, word.state == State::delivered);
    if (word.contradiction && contradicts) remarks.push_back(*word.contradiction);
    return remarks;
}
// Adds each remark once, however often the peer repeats it, and at most 20 of one name. Returns the
// remarks that were added.
base::Result<std::vector<Remark>> add_remarks(
    Connection& database, std::int64_t message, base::Time at, const std::vector<Remark>& remarks
);

// These functions return errc::not_found if the message does not exist.
base::Result<MessageRow> read_message(Connection& database, std::int64_t sequence);
base::Result<MessageRow> read_message(Connection& database, const std::string& id);
// Returns the outbound message that `owner` may send and settle. A message with an expired lease is
// still its owner's until another owner takes it. So is a message that a signal settled during the
// attempt, because the attempt is to be recorded. errc::wrong_state: not the owner's.
base::Result<MessageRow>
held_by(Connection& database, const std::string& id, const std::string& owner);
base::Result<std::vector<Part>> read_parts(Connection& database, std::int64_t message);
// Returns the number in the first row and column; 0 without a row.
base::Result<std::int64_t> count(Rows rows);
// Returns the sequences in the first column.
base::Result<std::vector<std::int64_t>> read_keys(Rows rows);

} // namespace queue
