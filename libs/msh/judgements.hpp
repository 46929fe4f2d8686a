// SPDX-License-Identifier: Apache-2.0
// The tables of judge.cpp, which the manual prints: what an attempt can meet and what follows, and
// what each error code of a peer means.
#pragma once

#include "ebms/message.hpp"
#include "queue/records.hpp"

#include <span>
#include <string>
#include <string_view>

namespace msh {

// What an attempt met.
enum class AttemptResult {
    receipt,          // proven
    refusal,          // a signed error that no retry can mend
    known_already,    // a signed "duplicate", and an earlier attempt may have arrived
    known_as_another, // a signed "duplicate", and none can have arrived
    signed_error,     // any other
    warned,           // signed warnings alone: nothing failed, and no receipt came
    unsigned_error,   // whatever it says
    unsigned_failure, // the same, with an HTTP status that speaks for the whole server
    awaited,          // taken; the receipt comes in a request of its own
    no_proof,         // an answer that proves nothing
    server_failure,   // the same, with an HTTP status that speaks for the whole server
    no_answer,        // the request went out whole
    not_reached,      // it did not
    held,             // nothing went out: a certificate is expired or not yet valid
    own_trouble       // nothing went out, for another reason of ours
};

struct Judgement {
    AttemptResult result;
    std::string_view came_back;
    queue::State state; // deferred: expired with EBMS:0301 when no try is left
    std::string_view because;
    bool outcome_unknown;    // it may have arrived although we have no proof
    bool destination_failed; // counts for its circuit breaker
};
std::span<const Judgement> judgements();
const Judgement& judgement(AttemptResult result);

// What an error of a peer means.
enum class Meaning {
    permanent, // the same octets will meet it again
    duplicate, // the peer has a message with this id
    again      // it may pass
};
struct CodeMeaning {
    std::string_view code;
    std::string_view name;
    Meaning meaning;
};
// [EBMS 6.7][AS4 3] every code there is; one that is not here is of a peer's own making: again.
std::span<const CodeMeaning> code_meanings();
// A warning says that nothing failed: again, whatever its code.
Meaning meaning_of(const ebms::Error& error, int http_status);

// Whether a status without a signed error says that nothing gets through there, whatever is sent.
bool speaks_for_the_server(int http_status);

// Both tables as Markdown, for the manual.
std::string print_judgements();

} // namespace msh
