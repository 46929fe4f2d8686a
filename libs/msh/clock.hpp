// SPDX-License-Identifier: Apache-2.0
// Which time it is for what cannot be taken back: whether a message's time to live is over, when
// its next attempt is due, when a lease ends. A wall clock that jumps ahead must end nothing, so
// time passes there no faster than the clock of the machine's uptime. Pure: readings are
// parameters.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace msh {

struct Reading {
    base::Time wall;
    base::Duration uptime{}; // of the machine, with the time it was suspended
};
Reading read_clocks();

// The times of one moment.
struct Moment {
    base::Time wall;     // for what is signed, told and recorded
    base::Time believed; // for what is decided
    base::Time latest;   // by either clock: what begins to live lives from then on
    // For the validity of certificates: by the uptime while the wall clock is set back or ahead.
    base::Time likely() const { return latest > wall ? latest : believed; }
};

class Clock {
public:
    // Steps of a time service and short pauses of a machine are no jumps.
    static constexpr base::Duration tolerated = std::chrono::minutes(1);
    // Then a jump is believed: somebody had the time to mend the clock. Believed late, messages
    // expire later than they might have; believed early, they are lost to whoever waits for them.
    static constexpr base::Duration until_believed = std::chrono::hours(24);

    explicit Clock(const Reading& start) : anchor_(start) {}

    // What begins and ends is told once.
    struct Transition {
        enum class Kind { jumped, mended, believed } kind = Kind::jumped;
        base::Duration by{}; // ahead of what the uptime says; below zero: behind it
    };
    std::optional<Transition> look(const Reading& now);

    Moment moment(const Reading& now) const;
    // Since it jumped and until it is mended or believed, by how much; else nothing.
    std::optional<base::Duration> jumped() const;

private:
    struct Jump {
        base::Duration by{};
        base::Duration since{}; // uptime
    };
    base::Time expected(const Reading& now) const;

    Reading anchor_; // the wall clock was believed there
    std::optional<Jump> jump_;
};

} // namespace msh
