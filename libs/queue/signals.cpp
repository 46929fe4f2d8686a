// SPDX-License-Identifier: Apache-2.0
// Signals that came as a request of their own, and their effect on a message we sent. A running
// attempt keeps its claim, because it has an attempt to record.
#include "queue/rows.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

// Of one message. Bounded, because any sender can send signals that prove nothing.
constexpr std::int64_t noted_signals = 20;

base::Result<Sent> read_sent(Connection& database, const std::string& message_id)
{
    const auto keys = read_keys(database.query(
        "SELECT sequence FROM message WHERE message_id = ? AND origin = 'us'", message_id
    ));
    if (!keys) return keys.error();
    if (keys->empty()) return base::Error(errc::not_found, message_id);
    auto row = read_message(database, keys->front());
    if (!row) return row.error();
    auto sealed = database.query("SELECT octets FROM envelope WHERE message = ?", row->key());
    const auto found = sealed.next();
    if (!found) return found.error();
    if (!*found) return base::Error(errc::damaged, "no sealed form of message " + row->summary.id);
    auto forms = read_forms(database, row->key());
    if (!forms) return forms.error();
    return Sent{
        .id = row->summary.id,
        .header = std::move(row->summary.header),
        .state = row->summary.state,
        .sealed = sealed.text(0),
        .earlier_forms = std::move(*forms),
        .outcome_unknown = row->outcome_unknown
    };
}

base::Result<> keep_receipt(Connection& database, const MessageRow& row, const Signal& signal)
{
    return insert_receipt(
        database, row.key(), {}, signal.receipt_id, signal.receipt_signer, signal.receipt
    );
}

base::Result<Signalled>
note(Connection& database, const MessageRow& row, const Signal& signal, std::string_view detail)
{
    const auto noted =
        add_event_of_many(database, row.key(), signal.at, "signal", detail, noted_signals);
    if (!noted) return noted.error();
    return Signalled{.state = row.summary.state, .changed = false};
}

base::Result<Signalled> change(Connection& database, const MessageRow& row, const Signal& signal)
{
    const auto changed = database.run(
        "UPDATE message SET state = ?, due = NULL, changed = ?, last_error = ? WHERE sequence = ?",
        to_text(*signal.state), row.changed_by(signal.at), signal.error, row.key()
    );
    if (!changed) return changed.error();
    auto detail = signal.error.empty() ? "by a receipt of its own request" : signal.error;
    if (!signal.proven_form.empty()) detail += ", " + signal.proven_form;
    const auto noted = add_event(database, row.key(), signal.at, to_text(*signal.state), detail);
    if (!noted) return noted.error();
    return Signalled{.state = *signal.state, .changed = true};
}

base::Result<Signalled> prove(Connection& database, const MessageRow& row, const Signal& signal)
{
    const auto state = row.summary.state;
    if (state == State::delivered) return Signalled{.state = state, .changed = false};
    if (const auto kept = keep_receipt(database, row, signal); !kept) return kept.error();
    if (proof_changes(state)) return change(database, row, signal);
    return note(database, row, signal, "a receipt came after the message had ended");
}

base::Result<Signalled> settle(Connection& database, const MessageRow& row, const Signal& signal)
{
    if (signal.state == State::delivered) return prove(database, row, signal);
    if (signal.state && !is_final(row.summary.state)) return change(database, row, signal);
    return note(database, row, signal, signal.error);
}

base::Result<Signalled> apply(Connection& database, const Signal& signal)
{
    const auto row = read_message(database, signal.id);
    if (!row) return row.error();
    if (row->summary.direction != Direction::outbound)
        return base::Error(errc::not_found, signal.id);
    auto settled = settle(database, *row, signal);
    if (!settled) return settled;
    const auto remarks = remarks_for(signal, row->summary.state);
    auto added = add_remarks(database, row->key(), signal.at, remarks);
    if (!added) return added.error();
    settled->remarks = std::move(*added);
    return settled;
}

} // namespace

base::Result<Sent> Queue::find_sent(const std::string& message_id) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    auto sent = read_sent(snapshot->database(), message_id);
    if (!sent) return store_->seen(sent.error());
    return sent;
}

void Queue::signal(Signal signal, Completion<Signalled> done)
{
    // A signal that ends a message is accepted however long the backlog is, because otherwise the
    // message is sent again. A signal that is only noted proves nothing, and any sender can send
    // one.
    const auto admission = signal.state ? Writer::Admission::always : Writer::Admission::limited;
    auto run = [signal = std::move(signal)](Connection& database, PayloadFiles&) {
        return apply(database, signal);
    };
    store_->write<Signalled>(std::move(run), std::move(done), {}, admission);
}

} // namespace queue
