// SPDX-License-Identifier: Apache-2.0
// Maps events to counters.
#include "msh/counters.hpp"

#include <algorithm>

namespace msh {

void Durations::add(base::Duration took)
{
    took = std::max(took, base::Duration::zero());
    const auto step = std::ranges::lower_bound(bounds, took) - bounds.begin();
    ++counts[static_cast<std::size_t>(step)];
    sum += took;
}

void Counters::accepted(queue::Accepted::Kind kind, bool test, base::Duration took)
{
    receive.add(took);
    switch (kind) {
    case queue::Accepted::Kind::first:
        ++received;
        tests += test;
        return;
    case queue::Accepted::Kind::repeat:
        ++repeated;
        return;
    case queue::Accepted::Kind::re_signed:
        ++re_signed;
        return;
    case queue::Accepted::Kind::conflicting:
        ++conflicting;
        return;
    }
}

void Counters::attempted(
    const queue::Job& job, const queue::Settlement& settlement, queue::State now
)
{
    // If a signal settled the message while the attempt ran, the signal was counted.
    if (now != settlement.state) return;
    if (now == queue::State::deferred && settlement.attempt.started == base::Time{}) return;
    ++settled[now];
    if (now == queue::State::delivered) delivery.add(settlement.at - job.created);
}

} // namespace msh
