// SPDX-License-Identifier: Apache-2.0
// Judges how an attempt to send ended and what an error of the peer means. The only place that
// decides between delivered, unproven, deferred, bounced and expired.
#pragma once

#include "as4/signals.hpp"
#include "pmode/pmode.hpp"
#include "queue/records.hpp"

#include <memory>
#include <optional>
#include <string>

namespace msh {

// The raw result of an attempt.
struct Outcome {
    base::Result<as4::Answer> answer;
    int http_status = 0;                       // 0 = no HTTP answer
    std::optional<base::Duration> retry_after; // the answer's Retry-After
    // When the obstacle that kept us from sending ends by itself.
    std::optional<base::Time> passes;
    // The signals of the answer, if it has receipts for other messages; otherwise nothing.
    std::shared_ptr<as4::ReceivedSignals> beside{};
};

struct Verdict {
    queue::State state = queue::State::deferred;
    std::optional<base::Time> next_try; // if deferred
    bool outcome_unknown = false;       // the message may have arrived without a proof
    // The destination failed, not this message (no connection, no answer, 5xx). Counts for the
    // circuit breaker.
    bool destination_failed = false;
    bool counted = true;    // towards the attempts that the P-Mode allows
    std::string error;      // for logs and people; empty if delivered
    std::string ebms_error; // the peer's code, if it sent one; otherwise EBMS:0301 if expired
    std::string act;        // who must act, and how (who_acts.hpp); empty if delivered
};

// `in_doubt`: the clock has jumped or is suspect. A wrong date makes certificates look expired: the
// peer's to us, and ours to the peer. So the message is spared within its time to live: neither the
// maximum number of attempts nor a refusal by may_be_about_clocks() ends it.
Verdict judge(
    const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode, base::Time now,
    bool in_doubt = false
);

// The error that decides among several: a permanent failure, else a duplicate, else the first
// failure, else the first warning.
const ebms::Error& deciding_error(const as4::PeerError& answer, int http_status);

// Whether one more attempt is allowed by the time to live and by the P-Mode's number of attempts.
bool may_try(const queue::Job& job, const pmode::Retry& retry, base::Time now);

// The state in which a signed error ends the message (bounced, unproven). Nothing if a retry may
// succeed. An unsigned error never ends a message. `outcome_unknown`: an earlier attempt may have
// arrived.
std::optional<queue::State>
final_state(const as4::PeerError& error, bool outcome_unknown, int http_status = 0);
// Whether the peer may have refused our wsu:Timestamp because our clock is wrong: EBMS:0101 is the
// only permanent failure, and the P-Mode has us send a wsu:Timestamp.
bool may_be_about_clocks(const as4::PeerError& error, const pmode::PMode& pmode);
// The signed form that a receipt is for, for logs and people; "" if there is only one form.
std::string describe_form(const as4::ReceiptProof& proof);
// The codes and texts of the error, for logs and people: one line of bounded length.
std::string describe(const as4::PeerError& error);

} // namespace msh
