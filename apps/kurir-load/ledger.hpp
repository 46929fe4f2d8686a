// SPDX-License-Identifier: Apache-2.0
// What was promised and what came out: every submission that was answered 202 must come out of the
// receiver's inbox, once and unchanged. Documents are known by their SHA-256; no two are the same.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kurir_load {

// The ledger's result. The last four break a promise.
struct Balance {
    std::uint64_t offered = 0;
    std::uint64_t promised = 0;       // answered 202
    std::uint64_t refused = 0;        // answered otherwise, for good
    std::uint64_t unknown = 0;        // not answered: it may have been taken or not
    std::uint64_t arrived = 0;        // came out, unchanged
    std::uint64_t again = 0;          // handed over once more since its lease lapsed
    std::uint64_t unacknowledged = 0; // of those that arrived
    std::uint64_t lost = 0;           // promised, and did not come out
    std::uint64_t doubled = 0;        // a second item, or after it was acknowledged
    std::uint64_t phantom = 0;        // nobody submitted it, or it had been refused
    std::uint64_t changed = 0;        // other octets, or another MessageId than promised
    std::vector<std::string> faults;  // the first of them, for people

    bool holds() const { return lost + doubled + phantom + changed == 0; }
};

class Ledger {
public:
    // The number of a submission of these octets; before it is sent.
    std::size_t offer(base::BytesView sha256);
    void promise(std::size_t number, std::string_view message_id);
    void refuse(std::size_t number);
    void lose_answer(std::size_t number);

    // An inbox item was read. Returns the submission that it is, if it is one's first time.
    static constexpr std::size_t none = ~std::size_t(0);
    std::size_t
    hand_over(const std::string& item, std::string_view message_id, base::BytesView sha256);
    void acknowledge(const std::string& item);

    std::size_t outstanding() const { return outstanding_; } // promised and not come out
    Balance balance() const;

private:
    enum class Answer { none, promised, refused };
    struct Entry {
        Answer answer = Answer::none;
        std::string message_id; // of the promise
        std::string came_as;    // MessageId it came out under
        std::string item;       // under which it came out first
        bool acknowledged = false;
    };
    void fault(std::uint64_t Balance::* kind, std::string text);
    bool is_outstanding(const Entry& entry) const;
    void recount(bool before, const Entry& entry);

    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::size_t> by_content_;
    std::unordered_map<std::string, std::size_t> by_item_;
    std::unordered_map<std::string, std::size_t> by_message_id_;
    std::set<std::string> strange_items_;
    std::size_t outstanding_ = 0;
    Balance seen_; // what is certain as it happens; the rest is judged in balance()
};

} // namespace kurir_load
