// SPDX-License-Identifier: Apache-2.0
// How a test shows that a message is not sent: it steps the clocks of the access point, lets the
// send loop make a whole claim, and reads the message's record. None of it takes real time.
#pragma once

#include "msh/msh.hpp"

#include "base/id.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

#include <future>

namespace stepping {

// The machine's clocks, and the time that a test lets pass beside the real time.
struct Clocks {
    // Wall clock and uptime advance together, so that no step counts as a jump of the clock.
    void pass(base::Duration time) { passed += time; }
    // The clocks show `time` now. They run on from there with the real time.
    void pass_until(base::Time time) { passed = time - base::now(); }

    // The clocks of these settings, stepped. This object must outlive the access point.
    msh::Settings step(msh::Settings settings)
    {
        settings.clocks = [this, clocks = std::move(settings.clocks)] {
            auto now = clocks();
            now.wall += passed;
            now.uptime += passed;
            return now;
        };
        return settings;
    }

    base::Duration passed{};
};

inline constexpr auto witness_peer = "removed-witness";

// Queues a message that is due now, for a peer that is not configured: a claim takes it whatever is
// paused, and defers it without an attempt.
inline std::string add_witness(queue::Queue& queue)
{
    queue::Outbound witness;
    witness.id = base::uuid();
    witness.header.message_id = witness.id + "@witness";
    witness.header.peer = witness_peer;
    witness.created = base::now();
    witness.expires = witness.created + std::chrono::hours(24 * 365);
    const auto id = witness.id;
    std::promise<void> queued;
    queue.enqueue(std::move(witness), [&](const auto&) { queued.set_value(); });
    queued.get_future().wait();
    return id;
}

// Resuming a peer that is not configured wakes the send loop and changes nothing else.
inline void wake(boost::asio::io_context& io, support::AccessPoint& side)
{
    std::promise<void> decided;
    side.queue().set_admin_state(
        {.peer = witness_peer,
         .admin_state = queue::AdminState::paused,
         .since = base::now(),
         .reason = ""},
        [&](const auto&) { decided.set_value(); }
    );
    decided.get_future().wait();
    auto resume = side.msh().set_admin_state(witness_peer, queue::AdminState::open, "");
    REQUIRE(support::wait_for<base::Result<>>(io, std::move(resume)));
}

// A claim takes everything that is due, up to the places of each peer. So once the witness has been
// claimed, whatever else was due has been claimed as well, and its record says so.
inline void
wait_for_claim(boost::asio::io_context& io, support::AccessPoint& side, const std::string& witness)
{
    REQUIRE(support::run_until(io, [&] {
        return side.queue().find(witness, queue::Visibility::all())->summary.state ==
               queue::State::deferred;
    }));
}

// Returns after a claim that began after this call. The first witness may be taken by a claim that
// was prepared before; the claim that takes the second one was prepared after that.
inline void make_claim(boost::asio::io_context& io, support::AccessPoint& side)
{
    for (int claim = 0; claim < 2; ++claim) {
        const auto witness = add_witness(side.queue());
        wake(io, side);
        wait_for_claim(io, side, witness);
    }
}

// A message that was submitted, and that no claim has ever taken.
inline bool is_untouched(const queue::Message& message)
{
    return message.summary.state == queue::State::queued && message.summary.attempts == 0 &&
           message.events.size() == 1;
}

// A message that waits after so many attempts. One that a claim took is sending, or has more.
inline bool is_deferred_after(int attempts, const queue::Message& message)
{
    return message.summary.state == queue::State::deferred && message.summary.attempts == attempts;
}

} // namespace stepping
