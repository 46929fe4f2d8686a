// SPDX-License-Identifier: Apache-2.0
// Whether we may take more in: watermarks of disk, queue and work with hysteresis, looked at before
// a request's body is read. Pure: figures and time are parameters.
#pragma once

#include "base/time.hpp"
#include "msh/errc.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace msh {

// Above `high` (for disk: below) a door closes; it opens again at `low`.
struct Watermarks {
    std::uint64_t disk_close = 1ull << 30; // free octets below which nothing more is taken
    std::uint64_t disk_open = (1ull << 30) * 3 / 2;
    std::uint64_t queue_close = 2'000'000; // outbound messages that are not final
    std::uint64_t queue_open = 1'900'000;
    std::uint64_t work_close = 48ull << 20; // octets in memory that wait for the writer
    std::uint64_t work_open = 24ull << 20;
    base::Duration retry_after = std::chrono::seconds(30);
};

enum class Shortage { disk, queue, work, places, drained, stopping };
std::string_view to_text(Shortage shortage);
inline constexpr std::size_t shortages = 6;

struct Load {
    std::uint64_t disk_free = 0;
    std::uint64_t queued = 0;
    std::uint64_t waiting_octets = 0;
};

class Pressure {
public:
    explicit Pressure(const Watermarks& marks) : marks_(marks) {}
    void observe(const Load& load);
    // disk, then work, then queue (which closes the way out only).
    std::optional<Shortage> of_submissions() const;
    std::optional<Shortage> of_messages() const;
    const Load& load() const { return load_; }
    // Counts an answer "not now", for metrics.
    void refused(Shortage why) { ++refusals_[static_cast<std::size_t>(why)]; }
    const std::array<std::uint64_t, shortages>& refusals() const { return refusals_; }

private:
    Watermarks marks_;
    Load load_;
    bool disk_ = false;
    bool queue_ = false;
    bool work_ = false;
    std::array<std::uint64_t, shortages> refusals_{};
};

} // namespace msh
