// SPDX-License-Identifier: Apache-2.0
// Derives the remarks from a proof, and says who must act on each.
#include "msh/remarks.hpp"

#include "base/log.hpp"
#include "msh/judge.hpp"
#include "msh/judgements.hpp"

#include <algorithm>
#include <iterator>

namespace msh {

namespace {

constexpr std::string_view contradiction = "contradiction";
constexpr std::string_view after_bounce = "after_bounce";
constexpr std::string_view user_message = "user_message";
constexpr std::string_view warning = "warning";

struct Told {
    base::Level level;
    std::string meaning;
    std::string act;
};

// Decides by the name alone, because the detail has names of header blocks that anyone may have
// added.
Told told_of(std::string_view name)
{
    if (name == contradiction)
        return {
            base::Level::error,
            "the peer signed a receipt and a failure for one message; the receipt counts",
            "operator: ask the peer whether it processed the message"
        };
    if (name == after_bounce)
        return {
            base::Level::error,
            "the peer signed a receipt for a message that it had refused; the message stays "
            "bounced, and the receipt is kept with it",
            "operator: ask the peer whether it processed the message, before it is submitted anew"
        };
    if (name == warning)
        return {
            base::Level::warning, "a proven receipt, with a warning of the peer",
            "operator: see cause"
        };
    // The peer believes that it delivered this UserMessage.
    if (name == user_message)
        return {
            base::Level::warning, "a UserMessage in the same SOAP message was not taken",
            "peer: send it in a request of its own"
        };
    return {
        base::Level::info,
        "a proven receipt; the SOAP message held more, which proves nothing about this message", ""
    };
}

} // namespace

std::vector<queue::Remark> remarks_of(const as4::ReceiptProof& proof)
{
    std::vector<ebms::Error> warnings;
    std::vector<ebms::Error> failures;
    std::ranges::partition_copy(
        proof.errors, std::back_inserter(warnings), std::back_inserter(failures), ebms::is_warning
    );
    std::vector<queue::Remark> remarks;
    if (!failures.empty())
        remarks.push_back({std::string(contradiction), ebms::describe(failures)});
    if (!warnings.empty()) remarks.push_back({std::string(warning), ebms::describe(warnings)});
    const std::string rest(proof.has_user_message ? user_message : "other_content");
    if (!proof.other_content.empty()) remarks.push_back({rest, proof.other_content});
    return remarks;
}

queue::Remark contradiction_of(const as4::ReceiptProof& proof)
{
    const auto form = describe_form(proof);
    return {
        std::string(after_bounce), "receipt " + proof.message_id + (form.empty() ? "" : ", " + form)
    };
}

std::optional<queue::Remark> contradiction_of(const as4::PeerError& error, int http_status)
{
    if (!error.authentic) return std::nullopt;
    std::vector<ebms::Error> failures;
    std::ranges::copy_if(error.errors, std::back_inserter(failures), [&](const ebms::Error& each) {
        return !ebms::is_warning(each) && meaning_of(each, http_status) != Meaning::duplicate;
    });
    if (failures.empty()) return std::nullopt;
    return queue::Remark{std::string(contradiction), ebms::describe(failures)};
}

std::string describe(const std::vector<queue::Remark>& remarks)
{
    std::string text;
    for (const auto& [name, detail] : remarks)
        text += (text.empty() ? "" : "; ") + name + ": " + detail;
    return text;
}

void log_remarks(
    const std::vector<queue::Remark>& remarks, const std::string& id, const queue::Header& header
)
{
    for (const auto& [name, detail] : remarks) {
        const auto [level, meaning, act] = told_of(name);
        base::log(
            level, "receipt_" + name,
            {{"id", id},
             {"message_id", header.message_id},
             {"peer", header.peer},
             {"meaning", meaning},
             {"cause", detail},
             {"act", act}}
        );
    }
}

} // namespace msh
