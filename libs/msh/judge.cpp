// SPDX-License-Identifier: Apache-2.0
// The table by which attempts are judged:
//
//   a proven receipt                                     delivered
//   a signed "duplicate", an earlier outcome unknown     unproven: the peer has it, its receipt was
//   lost a signed error that no retry can mend                bounced any other signed error, any
//   unsigned error           deferred (an unsigned error never ends a message's life) no answer, no
//   connection, an answer that proves nothing  deferred whatever is deferred past its time to live
//   expired (EBMS:0301)
//
// "Duplicate" is EBMS:4001, or EBMS:0004 whose text says so (phase4 up to 4.4). EBMS:0004 is also
// what peers answer for other reasons, so the text decides, and only when an attempt before this
// one may have arrived: a peer that calls a message a duplicate which we know never reached it has
// not got this message.
#include "msh/judge.hpp"

#include "base/bytes.hpp"
#include "http/errc.hpp"

#include <algorithm>
#include <array>

namespace msh {

namespace {

bool says(const ebms::Error& error, std::string_view word)
{
    const auto has = [&](const std::string& text) {
        return base::lower(text).find(word) != std::string::npos;
    };
    return has(error.detail) || has(error.description) || has(error.short_description);
}

bool is_duplicate(const ebms::Error& error)
{
    return error.code == "EBMS:4001" || (error.code == "EBMS:0004" && says(error, "duplicate"));
}

// Errors that the same octets will meet again. [DIGG TP-AS4 2.5] NOT_SERVICED comes as EBMS:0004.
bool is_permanent(const ebms::Error& error)
{
    static constexpr std::array<std::string_view, 11> permanent{
        "EBMS:0001", "EBMS:0003", "EBMS:0007", "EBMS:0008", "EBMS:0009", "EBMS:0010",
        "EBMS:0011", "EBMS:0101", "EBMS:0102", "EBMS:0103", "EBMS:0303"};
    if (base::lower(error.severity) == "warning") return false;
    return std::ranges::find(permanent, error.code) != permanent.end() ||
           (error.code == "EBMS:0004" && says(error, "not_serviced"));
}

// Whether the failed attempt can have reached the peer whole.
bool may_have_arrived(const base::Error& error)
{
    using http::errc;
    if (error.code.category() != http::category()) return error.code.category() == as4::category();
    switch (static_cast<errc>(error.code.value())) {
    case errc::timeout_after:
    case errc::broken_after:
    case errc::bad_response:
    case errc::too_large:
        return true;
    case errc::bad_url:
    case errc::cannot_resolve:
    case errc::cannot_connect:
    case errc::tls_failed:
    case errc::timeout_before:
    case errc::broken_before:
    case errc::source_failed:
    case errc::closed:
    case errc::listen_failed:
    case errc::bad_request:
    case errc::bad_tls_files:
        return false;
    }
    return true;
}

base::Duration backoff(const pmode::Retry& retry, int attempts_made)
{
    auto wait = retry.first;
    for (int i = 0; i < attempts_made && wait < retry.longest; ++i)
        wait *= 2;
    return std::min(wait, retry.longest);
}

Verdict later(Verdict verdict, const queue::Job& job, const pmode::Retry& retry, base::Time now)
{
    const auto next = now + backoff(retry, job.attempts);
    if (next >= job.expires) {
        verdict.state =
            queue::State::expired; // [AS4 3.2] MissingReceipt is reported to the producer
        if (verdict.ebms_error.empty()) verdict.ebms_error = ebms::missing_receipt.code;
        return verdict;
    }
    verdict.state = queue::State::deferred;
    verdict.next_try = next;
    return verdict;
}

Verdict judge_error(
    const as4::PeerError& answer, const queue::Job& job, const pmode::Retry& retry, base::Time now
)
{
    const auto& first = answer.errors.front();
    Verdict verdict;
    verdict.ebms_error = first.code;
    verdict.error = first.code + " " + first.short_description;
    for (const auto& text : {first.detail, first.description})
        if (!text.empty()) verdict.error += ": " + text;
    if (!answer.authentic) {
        verdict.error = "unsigned: " + verdict.error;
        verdict.outcome_unknown = true;
        return later(std::move(verdict), job, retry, now);
    }
    if (is_duplicate(first) && job.outcome_unknown) {
        verdict.state = queue::State::unproven;
        return verdict;
    }
    if (is_duplicate(first) || is_permanent(first)) {
        verdict.state = queue::State::bounced;
        return verdict;
    }
    return later(std::move(verdict), job, retry, now);
}

} // namespace

Verdict judge(
    const base::Result<as4::Answer>& answer, const queue::Job& job, const pmode::Retry& retry,
    base::Time now
)
{
    if (!answer) {
        Verdict verdict;
        verdict.error = answer.error().text();
        verdict.outcome_unknown = may_have_arrived(answer.error());
        return later(std::move(verdict), job, retry, now);
    }
    if (const auto* error = std::get_if<as4::PeerError>(&*answer))
        return judge_error(*error, job, retry, now);
    Verdict verdict;
    verdict.state = queue::State::delivered;
    return verdict;
}

} // namespace msh
