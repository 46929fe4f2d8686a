// SPDX-License-Identifier: Apache-2.0
// Judges how an attempt to send ended: the only place that decides delivered, unproven, deferred,
// bounced or expired.
#pragma once

#include "as4/signals.hpp"
#include "pmode/pmode.hpp"
#include "queue/records.hpp"

#include <optional>
#include <string>

namespace msh {

struct Verdict {
    queue::State state = queue::State::deferred;
    std::optional<base::Time> next_try; // for deferred
    bool outcome_unknown = false;       // the message may have arrived although we have no proof
    std::string error;                  // for logs and people; empty if delivered
    std::string ebms_error;             // the peer's code, if it gave one
};

Verdict judge(
    const base::Result<as4::Answer>& answer, const queue::Job& job, const pmode::Retry& retry,
    base::Time now
);

} // namespace msh
