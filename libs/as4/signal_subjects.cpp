// SPDX-License-Identifier: Apache-2.0
// Products name the message in the signal, in each error, or in both. Some write the MessageId as a
// fragment ("#...").
#include "as4/signal_subjects.hpp"

#include "as4/answer_body.hpp"

#include <algorithm>

namespace as4 {
namespace {

std::string_view without_hash(std::string_view id)
{
    return id.starts_with('#') ? id.substr(1) : id;
}

// Returns the message for errors that name no message themselves: the one that the signal names,
// else the one that its other errors name. Returns "" if these name no message or several. Many
// products name the message only in the errors.
std::string_view common_subject(const ebms::SignalMessage& signal)
{
    if (!signal.info.ref_to_message_id.empty()) return without_hash(signal.info.ref_to_message_id);
    std::string_view common;
    for (const auto& error : signal.errors) {
        const auto named = without_hash(error.ref_to_message);
        if (!named.empty() && !common.empty() && named != common) return {};
        if (!named.empty()) common = named;
    }
    return common;
}

} // namespace

std::string_view subject_of(const ebms::SignalMessage& signal, const ebms::Error& error)
{
    const auto& in_signal = signal.info.ref_to_message_id;
    const auto named = without_hash(error.ref_to_message);
    if (named.empty()) return common_subject(signal);
    if (!in_signal.empty() && without_hash(in_signal) != named) return {};
    return named;
}

About about(const ebms::Signals& signals, std::string_view message_id)
{
    About found;
    for (const auto& signal : signals.messages) {
        const bool named = signal.info.ref_to_message_id == message_id;
        for (const auto& receipt : signal.receipts) {
            if (named)
                found.receipts.emplace_back(&signal, &receipt);
            else
                found.others.push_back("receipt for " + excerpt(signal.info.ref_to_message_id));
        }
        for (const auto& error : signal.errors) {
            const auto subject = subject_of(signal, error);
            if (subject == message_id)
                found.errors.push_back(error);
            else
                found.others.push_back(
                    "error " + excerpt(error.code) + " for " +
                    (subject.empty() ? "no message" : excerpt(subject))
                );
        }
    }
    return found;
}

std::string joined(const std::vector<std::string>& names)
{
    constexpr std::size_t max = 20;
    std::string text;
    for (std::size_t n = 0; n < std::min(names.size(), max); ++n)
        text += (n == 0 ? "" : ", ") + names[n];
    return names.size() > max ? text + ", and more" : text;
}

} // namespace as4
