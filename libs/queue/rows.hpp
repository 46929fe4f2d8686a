// SPDX-License-Identifier: Apache-2.0
// Between the tables and the records: what inbox, outbox and reads have in common.
#pragma once

#include "queue/payloads.hpp"
#include "queue/records.hpp"
#include "queue/sqlite.hpp"

#include <optional>
#include <string>
#include <vector>

namespace queue {

// A row of `message`, read.
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
    // In `changed`, by which retention goes: what ends while the clock is set back is not older
    // than what it was before, or it would be gone as soon as the clock is mended.
    std::int64_t changed_by(base::Time at) const;
};

// A row of `message` to write. What it points to must outlive the call.
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
// What add_form() replaced, oldest first.
base::Result<std::vector<base::Bytes>> read_forms(Connection& database, std::int64_t message);
base::Result<> insert_parts(
    Connection& database, std::int64_t message, const std::vector<NewPart>& parts,
    const PayloadFiles& files
);
// Of those that are not in files: what a message on its way to the writer holds in memory.
std::uint64_t octets_in_memory(const std::vector<NewPart>& parts);
// Nothing if there is one for this signed form.
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
// The same, unless the message has `most` events of that name: what a peer can repeat at will must
// not grow in the store. Returns whether it was added.
base::Result<bool> add_event_of_many(
    Connection& database, std::int64_t message, base::Time at, std::string_view name,
    std::string_view detail, std::int64_t max
);
// The remarks of a settlement or a signal, with its contradiction if the message is in a state that
// it contradicts.
template <class Word> std::vector<Remark> remarks_for(const Word& word, State state)
{
    auto remarks = word.remarks;
    const bool contradicts = is_contradicted(state, word.state == State::delivered);
    if (word.contradiction && contradicts) remarks.push_back(*word.contradiction);
    return remarks;
}
// Each remark once, however often the peer repeats it, and 20 of one name. Returns those that were
// added.
base::Result<std::vector<Remark>> add_remarks(
    Connection& database, std::int64_t message, base::Time at, const std::vector<Remark>& remarks
);

// All of them errc::not_found if there is none.
base::Result<MessageRow> read_message(Connection& database, std::int64_t sequence);
base::Result<MessageRow> read_message(Connection& database, const std::string& id);
// The outbound message that `owner` may send and settle. A lapsed lease that nobody took over is
// still its owner's, and so is a message that a signal settled while the attempt runs: it has an
// attempt to record. errc::wrong_state.
base::Result<MessageRow>
held_by(Connection& database, const std::string& id, const std::string& owner);
base::Result<std::vector<Part>> read_parts(Connection& database, std::int64_t message);
// The number a query gives in its first row and column; 0 without a row.
base::Result<std::int64_t> count(Rows rows);
// The sequences a query gives in its first column.
base::Result<std::vector<std::int64_t>> read_keys(Rows rows);

} // namespace queue
