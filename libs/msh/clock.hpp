// SPDX-License-Identifier: Apache-2.0
// The time for decisions that cannot be undone: expiry of a time to live, the next attempt, the end
// of a lease. If the wall clock jumps ahead, nothing may end early. So believed time passes no
// faster than the machine's uptime. Pure: readings are parameters.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace msh {

struct Reading {
    base::Time wall;
    base::Duration uptime{}; // of the machine, including time in suspend
};
Reading read_clocks();

// The times at one moment.
struct Moment {
    base::Time wall;     // for signatures, display and records
    base::Time believed; // for decisions
    // The wall clock, or the time by the uptime if the wall clock was set back. Lifetimes start
    // here.
    base::Time latest;
    // The most likely time, for the validity of certificates. While the wall clock has jumped, this
    // is the time by the uptime.
    base::Time likely() const { return latest > wall ? latest : believed; }
};

class Clock {
public:
    // A difference up to this is no jump: corrections by a time service, short pauses of a machine.
    static constexpr base::Duration tolerated = std::chrono::minutes(1);
    // A jump is believed after this time, because an operator could have fixed the clock. Believed
    // late, messages only expire later. Believed early, messages would expire and be lost.
    static constexpr base::Duration until_believed = std::chrono::hours(24);

    explicit Clock(const Reading& start) : anchor_(start) {}

    // The start or the end of a jump. look() returns each once.
    struct Transition {
        enum class Kind { jumped, mended, believed } kind = Kind::jumped;
        base::Duration by{}; // ahead of the time by the uptime; negative: behind it
    };
    std::optional<Transition> look(const Reading& now);

    Moment moment(const Reading& now) const;
    // The size of the present jump; nothing once the clock was corrected or the jump believed.
    std::optional<base::Duration> jumped() const;

private:
    struct Jump {
        base::Duration by{};
        base::Duration since{}; // uptime
    };
    base::Time expected(const Reading& now) const;

    Reading anchor_; // the last reading at which the wall clock was believed
    std::optional<Jump> jump_;
};

} // namespace msh
