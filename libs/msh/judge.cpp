// SPDX-License-Identifier: Apache-2.0
// Maps the raw result of an attempt to a row of the table in judgements.cpp, and the row to a
// verdict.
#include "msh/judge.hpp"

#include "http/errc.hpp"
#include "msh/errc.hpp"
#include "msh/judgements.hpp"
#include "msh/who_acts.hpp"
#include "queue/errc.hpp"

#include <algorithm>

namespace msh {

namespace {

bool warns_only(const as4::PeerError& answer)
{
    return std::ranges::all_of(answer.errors, ebms::is_warning);
}

AttemptResult met_by(const as4::PeerError& error, bool outcome_unknown, int http_status)
{
    if (!error.authentic)
        return speaks_for_the_server(http_status) ? AttemptResult::unsigned_failure
                                                  : AttemptResult::unsigned_error;
    if (warns_only(error)) return AttemptResult::warned;
    switch (meaning_of(deciding_error(error, http_status), http_status)) {
    case Meaning::permanent:
        return AttemptResult::refusal;
    case Meaning::duplicate:
        return outcome_unknown ? AttemptResult::known_already : AttemptResult::known_as_another;
    case Meaning::again:
        return AttemptResult::signed_error;
    }
    return AttemptResult::signed_error;
}

// Decides by how far the request came, if there was no HTTP answer.
AttemptResult met_by(http::errc failure)
{
    using http::errc;
    switch (failure) {
    case errc::timeout_after:
    case errc::broken_after:
    case errc::bad_response:
    case errc::too_large:
        return AttemptResult::no_answer;
    case errc::cannot_resolve:
    case errc::cannot_connect:
    case errc::tls_failed:
    case errc::server_certificate:
    case errc::certificate_refused:
    case errc::own_certificate_invalid:
    case errc::certificate_demanded:
    case errc::proxy_refused:
    case errc::timeout_before:
    case errc::broken_before:
        return AttemptResult::not_reached;
    case errc::bad_url:
    case errc::source_failed:
    case errc::closed:
    case errc::listen_failed:
    case errc::bad_request:
    case errc::bad_tls_files:
    case errc::not_identified:
        return AttemptResult::own_trouble;
    }
    return AttemptResult::no_answer;
}

// A shortage of this machine says nothing about the message, so it must not use up attempts.
bool is_temporary(const base::Error& error)
{
    return error.code == queue::errc::locked || error.code == queue::errc::unavailable ||
           error.code == queue::errc::stopped || error.code == base::errc::disk_full ||
           error.code == base::errc::no_resources || error.code == base::errc::not_permitted;
}

// [AS4 SendReceipt.ReplyPattern] The receipt comes in a request of its own. A warning, signed or
// not, counts like an empty answer.
bool is_awaited(const Outcome& outcome, const pmode::PMode& pmode)
{
    if (pmode.receipt_reply != pmode::ReplyPattern::callback || outcome.http_status < 200 ||
        outcome.http_status > 299)
        return false;
    if (!outcome.answer) return outcome.answer.error().code == as4::errc::answer_empty;
    const auto* error = std::get_if<as4::PeerError>(&*outcome.answer);
    return error && warns_only(*error);
}

// Whether the answer is not AS4. Any AS4 answer is about this message, not about the server.
bool is_no_as4(const base::Error& error)
{
    return error.code == as4::errc::answer_empty || error.code == as4::errc::answer_unreadable;
}

AttemptResult met_by(const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode)
{
    if (is_awaited(outcome, pmode)) return AttemptResult::awaited;
    if (outcome.answer) {
        const auto* error = std::get_if<as4::PeerError>(&*outcome.answer);
        return error ? met_by(*error, job.outcome_unknown, outcome.http_status)
                     : AttemptResult::receipt;
    }
    const auto& error = outcome.answer.error();
    if (error.code.category() == http::category())
        return met_by(static_cast<http::errc>(error.code.value()));
    if (error.code == errc::certificate_invalid) return AttemptResult::held;
    if (outcome.http_status == 0) return AttemptResult::own_trouble;
    const bool for_all = is_no_as4(error) && speaks_for_the_server(outcome.http_status);
    return for_all ? AttemptResult::server_failure : AttemptResult::no_proof;
}

// Returns the cause for logs and people; "" for a receipt.
std::string told(AttemptResult result, const Outcome& outcome)
{
    if (result == AttemptResult::receipt) return "";
    const auto* error = outcome.answer ? std::get_if<as4::PeerError>(&*outcome.answer) : nullptr;
    if (result == AttemptResult::awaited)
        return "waiting for the receipt" + (error ? "; " + describe(*error) : std::string());
    if (error) return describe(*error);
    const bool success = outcome.http_status >= 200 && outcome.http_status < 300;
    const auto status = outcome.http_status == 0 || success
                            ? std::string()
                            : "HTTP " + std::to_string(outcome.http_status) + ": ";
    return status + outcome.answer.error().text();
}

// [AS4 3.2][TA15] MissingReceipt is reported to the producer. The message's last error names it
// too, because there may have been no attempt that could carry it.
void expire(Verdict& verdict)
{
    verdict.state = queue::State::expired;
    verdict.error = std::string(ebms::missing_receipt.code) + " " +
                    std::string(ebms::missing_receipt.short_description) + ": " + verdict.error;
    if (verdict.ebms_error.empty()) verdict.ebms_error = ebms::missing_receipt.code;
}

// Sets the next try, or expires the message if there is none. `spared`: there is a next try as long
// as the time to live lasts.
void go_on(
    Verdict& verdict, const Outcome& outcome, const queue::Job& job, const pmode::Retry& retry,
    base::Time now, bool spared
)
{
    const int made = job.attempts + 1;
    if (pmode::is_exhausted(retry, made) && !spared) return expire(verdict);
    auto wait = pmode::wait_after(retry, job.id, made);
    // A peer may ask for a longer wait, up to the maximum of the P-Mode.
    if (outcome.retry_after)
        wait = std::max(wait, pmode::wait_asked_for(retry, *outcome.retry_after, job.id, made));
    if (now + wait >= job.expires && !spared) return expire(verdict);
    verdict.next_try = std::min(now + wait, job.expires);
}

// Without an attempt, none is counted. So the wait grows with the age of the message instead: each
// wait is as long as the message is old, within the P-Mode's bounds. A constant back-off stays
// constant.
void hold(
    Verdict& verdict, const Outcome& outcome, const queue::Job& job, const pmode::Retry& retry,
    base::Time now
)
{
    verdict.counted = false;
    if (now >= job.expires) return expire(verdict);
    const bool constant = retry.backoff == pmode::Backoff::constant;
    const auto asked = constant ? retry.first : std::max(retry.first, now - job.created);
    auto next = now + pmode::wait_asked_for(retry, asked, job.id, 1);
    if (outcome.passes) next = std::min(next, std::max(*outcome.passes, now));
    verdict.next_try = std::min(next, job.expires);
}

// The receipt gets receipt_timeout, or the rest of the time to live. After that the next claim
// sends the same octets again, or the message expires.
void wait_for_receipt(
    Verdict& verdict, const queue::Job& job, const pmode::PMode& pmode, base::Time now
)
{
    if (now >= job.expires) return expire(verdict);
    verdict.next_try = std::min(now + pmode.receipt_timeout, job.expires);
}

} // namespace

const ebms::Error& deciding_error(const as4::PeerError& answer, int http_status)
{
    for (const auto wanted : {Meaning::permanent, Meaning::duplicate}) {
        const auto found = std::ranges::find_if(answer.errors, [&](const ebms::Error& error) {
            return meaning_of(error, http_status) == wanted;
        });
        if (found != answer.errors.end()) return *found;
    }
    const auto failure = std::ranges::find_if_not(answer.errors, ebms::is_warning);
    return failure == answer.errors.end() ? answer.errors.front() : *failure;
}

std::optional<queue::State>
final_state(const as4::PeerError& error, bool outcome_unknown, int http_status)
{
    const auto state = judgement(met_by(error, outcome_unknown, http_status)).state;
    if (state == queue::State::deferred) return std::nullopt;
    return state;
}

bool may_be_about_clocks(const as4::PeerError& error, const pmode::PMode& pmode)
{
    return error.authentic && pmode.timestamp.sent &&
           std::ranges::all_of(error.errors, [](const ebms::Error& each) {
               return each.code == ebms::failed_authentication.code ||
                      meaning_of(each, 0) != Meaning::permanent;
           });
}

std::string describe_form(const as4::ReceiptProof& proof)
{
    if (!proof.form_created) return "";
    return "for the form with the Timestamp of " + base::to_text(*proof.form_created);
}

bool may_try(const queue::Job& job, const pmode::Retry& retry, base::Time now)
{
    return now < job.expires && !pmode::is_exhausted(retry, job.attempts);
}

std::string describe(const as4::PeerError& error)
{
    std::string text = error.authentic ? "" : "unsigned: ";
    if (warns_only(error)) text += "warning: ";
    text += ebms::describe(error.errors);
    if (!error.other_content.empty()) text += "; beside it: " + error.other_content;
    return text;
}

Verdict judge(
    const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode, base::Time now,
    bool in_doubt
)
{
    const auto* const peer_error =
        outcome.answer ? std::get_if<as4::PeerError>(&*outcome.answer) : nullptr;
    auto result = met_by(outcome, job, pmode);
    if (in_doubt && result == AttemptResult::refusal && may_be_about_clocks(*peer_error, pmode))
        result = AttemptResult::signed_error;
    const auto& row = judgement(result);
    Verdict verdict;
    verdict.state = row.state;
    verdict.outcome_unknown = row.outcome_unknown;
    verdict.destination_failed = row.destination_failed;
    verdict.error = told(result, outcome);
    if (result != AttemptResult::receipt && result != AttemptResult::awaited)
        verdict.act = who_acts(outcome);
    if (peer_error) verdict.ebms_error = deciding_error(*peer_error, outcome.http_status).code;
    const bool passing =
        result == AttemptResult::own_trouble && is_temporary(outcome.answer.error());
    const bool spared = (in_doubt || passing) && result != AttemptResult::held &&
                        row.state == queue::State::deferred && now < job.expires;
    if (spared && pmode.retry.attempts > 0) {
        verdict.counted = false;
        verdict.error +=
            passing ? " (not counted: nothing was sent)" : " (not counted: the clock is in doubt)";
    }
    if (result == AttemptResult::held)
        hold(verdict, outcome, job, pmode.retry, now);
    else if (result == AttemptResult::awaited)
        wait_for_receipt(verdict, job, pmode, now);
    else if (row.state == queue::State::deferred)
        go_on(verdict, outcome, job, pmode.retry, now, spared);
    return verdict;
}

} // namespace msh
