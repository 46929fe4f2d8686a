// SPDX-License-Identifier: Apache-2.0
// A document may come out before its 202 arrives, so what needs both is judged at the end.
#include "kurir-load/ledger.hpp"

namespace kurir_load {

namespace {

constexpr std::size_t told_faults = 20;

void note(Balance& balance, std::uint64_t Balance::* kind, std::string text)
{
    ++(balance.*kind);
    if (balance.faults.size() < told_faults) balance.faults.push_back(std::move(text));
}

} // namespace

void Ledger::fault(std::uint64_t Balance::* kind, std::string text)
{
    note(seen_, kind, std::move(text));
}

bool Ledger::is_outstanding(const Entry& entry) const
{
    return entry.answer == Answer::promised && entry.item.empty();
}

void Ledger::recount(bool before, const Entry& entry)
{
    const bool after = is_outstanding(entry);
    if (after && !before) ++outstanding_;
    if (before && !after) --outstanding_;
}

std::size_t Ledger::offer(base::BytesView sha256)
{
    by_content_.emplace(sha256, entries_.size());
    entries_.emplace_back();
    return entries_.size() - 1;
}

void Ledger::promise(std::size_t number, std::string_view message_id)
{
    auto& entry = entries_.at(number);
    const bool before = is_outstanding(entry);
    if (!entry.message_id.empty() && entry.message_id != message_id)
        fault(
            &Balance::doubled, "one submission was promised as " + entry.message_id + " and as " +
                                   std::string(message_id)
        );
    entry.answer = Answer::promised;
    entry.message_id = message_id;
    by_message_id_.emplace(message_id, number);
    recount(before, entry);
}

void Ledger::refuse(std::size_t number)
{
    entries_.at(number).answer = Answer::refused;
}

void Ledger::lose_answer(std::size_t number)
{
    entries_.at(number).answer = Answer::none;
}

std::size_t
Ledger::hand_over(const std::string& item, std::string_view message_id, base::BytesView sha256)
{
    const std::string name(message_id);
    const auto found = by_content_.find(std::string(sha256));
    if (found == by_content_.end()) {
        // An item that is handed over again, as nobody acknowledges it, is one fault.
        if (!strange_items_.insert(item).second) return none;
        if (by_message_id_.contains(name))
            fault(&Balance::changed, "item " + item + ", " + name + ": not the octets submitted");
        else
            fault(&Balance::phantom, "item " + item + ", " + name + ": nobody submitted it");
        return none;
    }
    auto& entry = entries_[found->second];
    if (entry.item.empty()) {
        const bool before = is_outstanding(entry);
        entry.item = item;
        entry.came_as = name;
        by_item_.emplace(item, found->second);
        recount(before, entry);
        return found->second;
    }
    if (entry.item != item) {
        if (strange_items_.insert(item).second)
            fault(&Balance::doubled, name + " came as item " + entry.item + " and as " + item);
    } else if (entry.acknowledged)
        fault(&Balance::doubled, "item " + item + ", " + name + ": after it was acknowledged");
    else
        ++seen_.again;
    return none;
}

void Ledger::acknowledge(const std::string& item)
{
    const auto found = by_item_.find(item);
    if (found != by_item_.end()) entries_[found->second].acknowledged = true;
}

Balance Ledger::balance() const
{
    auto sum = seen_;
    sum.offered = entries_.size();
    for (const auto& entry : entries_) {
        const bool arrived = !entry.item.empty();
        const bool promised = entry.answer == Answer::promised;
        sum.promised += promised;
        sum.refused += entry.answer == Answer::refused;
        sum.unknown += entry.answer == Answer::none;
        sum.arrived += arrived;
        sum.unacknowledged += arrived && !entry.acknowledged;
        if (promised && !arrived)
            note(sum, &Balance::lost, entry.message_id + ": did not come out");
        if (arrived && entry.answer == Answer::refused)
            note(sum, &Balance::phantom, entry.came_as + ": had been refused");
        if (arrived && promised && entry.came_as != entry.message_id)
            note(
                sum, &Balance::changed,
                entry.message_id + " came out under the MessageId " + entry.came_as
            );
    }
    return sum;
}

} // namespace kurir_load
