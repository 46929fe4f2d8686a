// SPDX-License-Identifier: Apache-2.0
// Judges how an attempt to send ended, and what an error of the peer means: the only place that
// decides delivered, unproven, deferred, bounced or expired.
#pragma once

#include "as4/signals.hpp"
#include "pmode/pmode.hpp"
#include "queue/records.hpp"

#include <memory>
#include <optional>
#include <string>

namespace msh {

// What an attempt met.
struct Outcome {
    base::Result<as4::Answer> answer;
    int http_status = 0;                       // 0 = no HTTP answer
    std::optional<base::Duration> retry_after; // what the answer asked for
    std::optional<base::Time> passes;          // when what keeps us from sending passes by itself
    // The signals of the answer, if some are receipts for other messages; else nothing.
    std::shared_ptr<as4::ReceivedSignals> beside{};
};

struct Verdict {
    queue::State state = queue::State::deferred;
    std::optional<base::Time> next_try; // for deferred
    bool outcome_unknown = false;       // the message may have arrived although we have no proof
    // The destination failed, not this message (no connection, no answer, 5xx): counts for its
    // circuit breaker.
    bool destination_failed = false;
    bool counted = true;    // among the attempts that the P-Mode allows
    std::string error;      // for logs and people; empty if delivered
    std::string ebms_error; // the peer's code, if it gave one; else EBMS:0301 if it expired
    std::string act;        // who must act, and how (who_acts.hpp); empty if delivered
};

// `in_doubt`: the clock has jumped or is suspected. A wrong date makes certificates look expired,
// the peer's to us and ours to the peer, so that while there is time no attempt ends the message
// for want of others, and no refusal that may_be_about_clocks().
Verdict judge(
    const Outcome& outcome, const queue::Job& job, const pmode::PMode& pmode, base::Time now,
    bool in_doubt = false
);

// What decides among several: a failure for good, then a duplicate, then the first.
const ebms::Error& deciding_error(const as4::PeerError& answer, int http_status);

// Whether one more attempt is allowed: within its time to live and the P-Mode's attempts.
bool may_try(const queue::Job& job, const pmode::Retry& retry, base::Time now);

// What a signed error ends the message as (bounced, unproven), or nothing if a retry may mend it.
// An unsigned one never ends anything. `outcome_unknown`: an attempt before may have arrived.
std::optional<queue::State>
final_state(const as4::PeerError& error, bool outcome_unknown, int http_status = 0);
// Whether the peer may have refused our wsu:Timestamp, whose time is our clock's: EBMS:0101 and no
// other failure, under a P-Mode that has us send one.
bool may_be_about_clocks(const as4::PeerError& error, const pmode::PMode& pmode);
// Which signed form a receipt is for, for logs and people; "" if there is one form only.
std::string describe_form(const as4::ReceiptProof& proof);
// Its codes and texts, for logs and people: one line, bounded.
std::string describe(const as4::PeerError& error);

} // namespace msh
