// SPDX-License-Identifier: Apache-2.0
// The tables of judge.cpp, which the manual prints: the results of an attempt with their
// consequences, and the meaning of each error code of a peer.
#pragma once

#include "ebms/message.hpp"
#include "queue/records.hpp"

#include <span>
#include <string>
#include <string_view>

namespace msh {

// The result of an attempt.
enum class AttemptResult {
    receipt,          // a proven receipt
    refusal,          // a signed error that no retry can fix
    known_already,    // a signed "duplicate", and an earlier attempt may have arrived
    known_as_another, // a signed "duplicate", and no earlier attempt can have arrived
    signed_error,     // any other signed error
    warned,           // signed warnings alone: nothing failed, and no receipt came
    unsigned_error,   // an unsigned error, whatever its text
    unsigned_failure, // an unsigned error with a status for which speaks_for_the_server() is true
    awaited,          // accepted; the receipt comes in a request of its own
    no_proof,         // an answer that proves nothing
    server_failure,   // no AS4 answer, and a status for which speaks_for_the_server() is true
    no_answer,        // the whole request was sent, and no valid HTTP answer came
    not_reached,      // the request was not sent completely
    held,             // nothing was sent: a certificate is expired or not yet valid
    own_trouble       // nothing was sent, for another reason on our side
};

struct Judgement {
    AttemptResult result;
    std::string_view came_back;
    queue::State state; // deferred becomes expired with EBMS:0301 when no attempt is left
    std::string_view because;
    bool outcome_unknown;    // the message may have arrived without a proof
    bool destination_failed; // counts for the circuit breaker
};
std::span<const Judgement> judgements();
const Judgement& judgement(AttemptResult result);

// The meaning of an error from a peer.
enum class Meaning {
    permanent, // the same octets will be refused again
    duplicate, // the peer has a message with this id
    again      // a retry may succeed
};
struct CodeMeaning {
    std::string_view code;
    std::string_view name;
    Meaning meaning;
};
// [EBMS 6.7][AS4 3] All standard codes. A code that is not listed is the peer's own: `again`.
std::span<const CodeMeaning> code_meanings();
// A warning always means `again`, whatever its code, because nothing failed.
Meaning meaning_of(const ebms::Error& error, int http_status);

// Whether this status, without a signed error, says that the server accepts no message at all.
bool speaks_for_the_server(int http_status);

// Returns both tables as Markdown, for the manual.
std::string print_judgements();

} // namespace msh
