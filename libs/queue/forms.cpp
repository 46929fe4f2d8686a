// SPDX-License-Identifier: Apache-2.0
// Signed forms of a message that is signed again while it is retried. Table `envelope` has the form
// that is sent now, table `form` has the forms that were sent before.
#include "queue/rows.hpp"
#include "queue/store.hpp"

namespace queue {
namespace {

base::Result<> replace_form(Connection& database, const std::string& owner, const NewForm& form)
{
    const auto row = held_by(database, form.id, owner);
    if (!row) return row.error();
    // A signal settled the message meanwhile, so nothing more is to be sent.
    if (row->summary.state != State::sending) return base::Error(errc::wrong_state, form.id);
    if (!form.earlier.empty()) {
        const auto kept = database.run(
            "INSERT INTO form (message, number, octets)"
            " SELECT ?, coalesce(max(number), 0) + 1, ? FROM form WHERE message = ?",
            row->key(), Blob{form.earlier}, row->key()
        );
        if (!kept) return kept.error();
    }
    const auto replaced = database.run(
        "UPDATE envelope SET octets = ? WHERE message = ?", Blob{form.sealed}, row->key()
    );
    if (!replaced) return replaced.error();
    return add_event(database, row->key(), form.at, "signed_again");
}

} // namespace

base::Result<std::vector<base::Bytes>> read_forms(Connection& database, std::int64_t message)
{
    auto rows =
        database.query("SELECT octets FROM form WHERE message = ? ORDER BY number", message);
    std::vector<base::Bytes> forms;
    while (true) {
        const auto found = rows.next();
        if (!found) return found.error();
        if (!*found) return forms;
        forms.push_back(rows.text(0));
    }
}

void Queue::add_form(std::string owner, NewForm form, Completion<void> done)
{
    const auto octets = form.sealed.size() + form.earlier.size();
    auto run = [owner = std::move(owner),
                form = std::move(form)](Connection& database, PayloadFiles&) {
        return replace_form(database, owner, form);
    };
    store_->write<void>(std::move(run), std::move(done), {}, Writer::Admission::limited, octets);
}

base::Result<std::vector<base::Bytes>> Queue::forms(const std::string& id) const
{
    auto snapshot = store_->readers.snapshot();
    if (!snapshot) return store_->seen(snapshot.error());
    const auto row = read_message(snapshot->database(), id);
    if (!row) return store_->seen(row.error());
    auto forms = read_forms(snapshot->database(), row->key());
    if (!forms) return store_->seen(forms.error());
    return forms;
}

} // namespace queue
