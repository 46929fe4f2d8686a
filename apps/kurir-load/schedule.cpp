// SPDX-License-Identifier: Apache-2.0
// Each start is computed from its number, so that rounding does not add up.
#include "kurir-load/schedule.hpp"

namespace kurir_load {

Schedule::Schedule(double rate, std::optional<std::uint64_t> messages, std::optional<Nanos> length)
    : rate_(rate), total_(messages), length_(length)
{
    if (!total_ && rate_ > 0 && length_)
        total_ = static_cast<std::uint64_t>(
            rate_ * std::chrono::duration<double>(*length_).count() + 1e-6
        );
}

Schedule::Nanos Schedule::due(std::uint64_t number) const
{
    if (!paced()) return {};
    const std::chrono::duration<double> seconds(static_cast<double>(number) / rate_);
    return std::chrono::duration_cast<Nanos>(seconds);
}

} // namespace kurir_load
