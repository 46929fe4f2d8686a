// SPDX-License-Identifier: Apache-2.0
// Believed time follows a jump back at once, because that ends nothing early. The store then makes
// messages due now whose due time is too far away. A jump in either direction is believed once it
// has lasted long enough.
#include "msh/clock.hpp"

#include <algorithm>
#include <ctime>

namespace msh {

namespace {

// Differences within the tolerance are adopted this often, so that small steps never add up to a
// jump.
constexpr base::Duration followed_every = std::chrono::hours(1);

} // namespace

Reading read_clocks()
{
    // In Linux a steady_clock stops while the machine is suspended.
    timespec since_boot{};
    (void)::clock_gettime(CLOCK_BOOTTIME, &since_boot); // fails only without such a clock
    const auto uptime =
        std::chrono::seconds(since_boot.tv_sec) + std::chrono::nanoseconds(since_boot.tv_nsec);
    return {.wall = base::now(), .uptime = std::chrono::floor<base::Duration>(uptime)};
}

base::Time Clock::expected(const Reading& now) const
{
    return anchor_.wall + (now.uptime - anchor_.uptime);
}

std::optional<Clock::Transition> Clock::look(const Reading& now)
{
    const auto by = now.wall - expected(now);
    if (std::chrono::abs(by) <= tolerated) {
        if (jump_) {
            jump_.reset();
            return Transition{Transition::Kind::mended, by};
        }
        if (now.uptime - anchor_.uptime >= followed_every) anchor_ = now;
        return std::nullopt;
    }
    // If the difference changes again, this is a new jump and its time starts again.
    if (!jump_ || std::chrono::abs(by - jump_->by) > tolerated) {
        jump_ = Jump{.by = by, .since = now.uptime};
        return Transition{Transition::Kind::jumped, by};
    }
    if (now.uptime - jump_->since < until_believed) return std::nullopt;
    jump_.reset();
    anchor_ = now;
    return Transition{Transition::Kind::believed, by};
}

Moment Clock::moment(const Reading& now) const
{
    const auto steady = expected(now);
    const bool behind = steady - now.wall > tolerated;
    return {
        .wall = now.wall,
        .believed = std::min(now.wall, steady + tolerated),
        .latest = behind ? steady : now.wall
    };
}

std::optional<base::Duration> Clock::jumped() const
{
    if (!jump_) return std::nullopt;
    return jump_->by;
}

} // namespace msh
