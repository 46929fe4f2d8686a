// SPDX-License-Identifier: Apache-2.0
// The tables by which attempts are judged. EBMS:0004 is what peers answer for many reasons, so only
// its text tells one from another; and "duplicate" counts as "the peer has it" only when an attempt
// before this one may have arrived: a peer that calls a message a duplicate which we know never
// reached it has another message under this id.
// clang-format off
//
//   What came back                                              State
//   ----------------------------------------------------------  ------------------------------------
//   a proven receipt                                            delivered [TA22]
//   a signed error that no retry can mend, alone or with others bounced
//   a signed "duplicate", an earlier outcome unknown            unproven: the peer has the message,
//                                                               its receipt was lost
//   a signed "duplicate", no attempt can have arrived           bounced
//   any other signed error; a signed warning                    deferred
//   an unsigned error, whatever it says                         deferred, and shown
//   2xx without a body, receipts agreed by callback             deferred for receipt_wait, or until
//                                                               the end of its time to live
//   no connection, no answer, an answer that proves nothing,    deferred: tried again [TA09]
//   a SOAP Fault alone, any HTTP status without an AS4 body
//   deferred, and no try is left in the time to live            expired, EBMS:0301 [AS4 3.2]
//
// clang-format on
#include "msh/judge.hpp"

#include "base/bytes.hpp"
#include "http/errc.hpp"

#include <algorithm>
#include <array>

namespace msh {

namespace {

constexpr std::size_t longest_description = 1000;

enum class Meaning {
    permanent, // the same octets will meet it again
    duplicate, // the peer has a message with this id
    again,     // it may pass
};

struct Row {
    std::string_view code;
    Meaning meaning;
};

// clang-format off
// [EBMS 6.7][AS4 3] every code there is; one that is not here is of a peer's own making: again.
constexpr auto meanings = std::to_array<Row>({
    {"EBMS:0001", Meaning::permanent}, // ValueNotRecognized
    {"EBMS:0002", Meaning::permanent}, // FeatureNotSupported, as a failure
    {"EBMS:0003", Meaning::permanent}, // ValueInconsistent
    {"EBMS:0004", Meaning::again},     // Other: its text decides, see meaning_of_other()
    {"EBMS:0005", Meaning::again},     // ConnectionFailure
    {"EBMS:0006", Meaning::again},     // EmptyMessagePartitionChannel: of pull
    {"EBMS:0007", Meaning::permanent}, // MimeInconsistency
    {"EBMS:0008", Meaning::permanent}, // FeatureNotSupported
    {"EBMS:0009", Meaning::permanent}, // InvalidHeader
    {"EBMS:0010", Meaning::permanent}, // ProcessingModeMismatch
    {"EBMS:0011", Meaning::permanent}, // ExternalPayloadError
    {"EBMS:0020", Meaning::again},     // RoutingFailure: of an intermediary
    {"EBMS:0021", Meaning::again},     // MPCCapacityExceeded
    {"EBMS:0022", Meaning::again},     // MessagePersistenceTimeout
    {"EBMS:0023", Meaning::again},     // MessageExpired, at an intermediary
    {"EBMS:0030", Meaning::permanent}, // BundlingError
    {"EBMS:0031", Meaning::again},     // RelatedMessageFailed
    {"EBMS:0040", Meaning::permanent}, // BadFragmentGroup
    {"EBMS:0041", Meaning::permanent}, // DuplicateMessageSize
    {"EBMS:0042", Meaning::permanent}, // DuplicateFragmentCount
    {"EBMS:0043", Meaning::permanent}, // DuplicateMessageHeader
    {"EBMS:0044", Meaning::permanent}, // DuplicateAction
    {"EBMS:0045", Meaning::permanent}, // DuplicateCompressionInfo
    {"EBMS:0046", Meaning::permanent}, // DuplicateFragment
    {"EBMS:0047", Meaning::permanent}, // BadFragmentStructure
    {"EBMS:0048", Meaning::permanent}, // BadFragmentNum
    {"EBMS:0049", Meaning::permanent}, // BadFragmentCount
    {"EBMS:0050", Meaning::permanent}, // FragmentSizeExceeded, as a failure
    {"EBMS:0051", Meaning::again},     // ReceiveIntervalExceeded
    {"EBMS:0052", Meaning::permanent}, // BadProperties, as a failure
    {"EBMS:0053", Meaning::permanent}, // HeaderMismatch
    {"EBMS:0054", Meaning::again},     // OutOfStorageSpace
    {"EBMS:0055", Meaning::permanent}, // DecompressionError
    {"EBMS:0060", Meaning::again},     // ResponseUsingAlternateMEP: of pull
    {"EBMS:0101", Meaning::permanent}, // FailedAuthentication
    {"EBMS:0102", Meaning::permanent}, // FailedDecryption
    {"EBMS:0103", Meaning::permanent}, // PolicyNoncompliance
    {"EBMS:0201", Meaning::again},     // DysfunctionalReliability
    {"EBMS:0202", Meaning::again},     // DeliveryFailure
    {"EBMS:0301", Meaning::again},     // MissingReceipt: of a sender, so it says nothing of ours
    {"EBMS:0302", Meaning::again},     // InvalidReceipt: of a sender too
    {"EBMS:0303", Meaning::permanent}, // DecompressionFailure
    {"EBMS:4001", Meaning::duplicate}, // DuplicateDetected, phase4's own from 4.5 on
});
// clang-format on

bool says(const ebms::Error& error, std::string_view word)
{
    const auto has = [&](const std::string& text) {
        return base::lower(text).find(word) != std::string::npos;
    };
    return has(error.detail) || has(error.description) || has(error.short_description);
}

// NOT_SERVICED is SDK's word [DIGG TP-AS4 2.5]; the other content is what we answer ourselves;
// "this is a duplicate" is phase4's text up to 4.4. What says none of these may pass: a back end
// that is down is EBMS:0004 too. 413 says what no retry makes smaller.
Meaning meaning_of_other(const ebms::Error& error, int http_status)
{
    if (says(error, "not_serviced") || says(error, "seen before with other content") ||
        http_status == 413)
        return Meaning::permanent;
    return says(error, "duplicate") ? Meaning::duplicate : Meaning::again;
}

// [EBMS 6.2.5] only "warning" is less than a failure; "error" and "fatal" of the examples are not.
Meaning meaning_of(const ebms::Error& error, int http_status)
{
    if (base::lower(error.severity) == "warning") return Meaning::again;
    if (error.code == ebms::other.code) return meaning_of_other(error, http_status);
    const auto row = std::ranges::find(meanings, error.code, &Row::code);
    return row == meanings.end() ? Meaning::again : row->meaning;
}

// What decides among several: a failure for good, then a duplicate, then the first.
const ebms::Error& deciding(const as4::PeerError& answer, int http_status)
{
    for (const auto wanted : {Meaning::permanent, Meaning::duplicate}) {
        const auto found = std::ranges::find_if(answer.errors, [&](const ebms::Error& error) {
            return meaning_of(error, http_status) == wanted;
        });
        if (found != answer.errors.end()) return *found;
    }
    return answer.errors.front();
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
    case errc::certificate_refused:
    case errc::proxy_refused:
    case errc::timeout_before:
    case errc::broken_before:
    case errc::source_failed:
    case errc::closed:
    case errc::listen_failed:
    case errc::bad_request:
    case errc::bad_tls_files:
    case errc::not_identified:
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

// [AS4 3.2][TA15] MissingReceipt is reported to the producer, in the message's last error too:
// there may have been no attempt that could carry it.
Verdict expire(Verdict verdict)
{
    verdict.state = queue::State::expired;
    verdict.error = std::string(ebms::missing_receipt.code) + " " +
                    std::string(ebms::missing_receipt.short_description) + ": " + verdict.error;
    if (verdict.ebms_error.empty()) verdict.ebms_error = ebms::missing_receipt.code;
    return verdict;
}

Verdict later(
    Verdict verdict, const Outcome& outcome, const queue::Job& job, const pmode::Retry& retry,
    base::Time now
)
{
    auto wait = backoff(retry, job.attempts);
    // A peer may ask for more time, not for more than we would ever wait.
    if (outcome.retry_after) wait = std::max(wait, std::min(*outcome.retry_after, retry.longest));
    if (now + wait >= job.expires) return expire(std::move(verdict));
    verdict.next_try = now + wait;
    return verdict;
}

bool is_success(int http_status)
{
    return http_status >= 200 && http_status < 300;
}

// [AS4 SendReceipt.ReplyPattern] the receipt comes in a request of its own.
bool is_awaited(const Outcome& outcome, const pmode::PMode& pmode)
{
    return pmode.receipt_reply == pmode::ReplyPattern::callback &&
           is_success(outcome.http_status) && !outcome.answer &&
           outcome.answer.error().code == as4::errc::answer_empty;
}

// The receipt gets all the time that is left; without it the same octets go out again, or the
// message expires at its next claim.
Verdict await_receipt(const queue::Job& job, const pmode::PMode& pmode, base::Time now)
{
    Verdict verdict;
    verdict.outcome_unknown = true;
    verdict.error = "waiting for the receipt";
    if (now >= job.expires) return expire(std::move(verdict));
    verdict.next_try = std::min(now + pmode.receipt_wait, job.expires);
    return verdict;
}

Verdict judge_failure(
    const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode, base::Time now
)
{
    if (is_awaited(outcome, pmode)) return await_receipt(job, pmode, now);
    Verdict verdict;
    verdict.error = outcome.answer.error().text();
    if (outcome.http_status != 0 && !is_success(outcome.http_status))
        verdict.error = "HTTP " + std::to_string(outcome.http_status) + ": " + verdict.error;
    verdict.outcome_unknown = may_have_arrived(outcome.answer.error());
    return later(std::move(verdict), outcome, job, pmode.retry, now);
}

Verdict judge_error(
    const as4::PeerError& answer, const Outcome& outcome, const queue::Job& job,
    const pmode::Retry& retry, base::Time now
)
{
    Verdict verdict;
    verdict.ebms_error = deciding(answer, outcome.http_status).code;
    verdict.error = describe(answer);
    verdict.outcome_unknown = !answer.authentic;
    const auto final = final_state(answer, job.outcome_unknown, outcome.http_status);
    if (!final) return later(std::move(verdict), outcome, job, retry, now);
    verdict.state = *final;
    return verdict;
}

} // namespace

std::optional<queue::State>
final_state(const as4::PeerError& error, bool outcome_unknown, int http_status)
{
    if (!error.authentic) return std::nullopt;
    switch (meaning_of(deciding(error, http_status), http_status)) {
    case Meaning::permanent:
        return queue::State::bounced;
    case Meaning::duplicate:
        return outcome_unknown ? queue::State::unproven : queue::State::bounced;
    case Meaning::again:
        return std::nullopt;
    }
    return std::nullopt;
}

std::string describe(const as4::PeerError& error)
{
    std::string text = error.authentic ? "" : "unsigned: ";
    for (const auto& each : error.errors) {
        if (text.size() > longest_description) break;
        if (&each != &error.errors.front()) text += "; ";
        text += each.code + " " + each.short_description;
        for (const auto& words : {each.detail, each.description})
            if (!words.empty()) text += ": " + words;
    }
    if (text.size() > longest_description) text.resize(longest_description);
    return text;
}

Verdict
judge(const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode, base::Time now)
{
    if (!outcome.answer) return judge_failure(outcome, job, pmode, now);
    if (const auto* error = std::get_if<as4::PeerError>(&*outcome.answer))
        return judge_error(*error, outcome, job, pmode.retry, now);
    Verdict verdict;
    verdict.state = queue::State::delivered;
    return verdict;
}

} // namespace msh
