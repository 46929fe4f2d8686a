// SPDX-License-Identifier: Apache-2.0
#include "queue/records.hpp"

#include <catch2/catch.hpp>

using queue::State;

TEST_CASE("every state has a name that leads back to it", "[queue]")
{
    const auto state = GENERATE(
        State::queued, State::sending, State::deferred, State::delivered, State::unproven,
        State::bounced, State::expired, State::received, State::leased, State::acknowledged,
        State::refused
    );
    CHECK(queue::state_from_text(queue::to_text(state)) == state);
}

TEST_CASE("an unknown state name is no state", "[queue]")
{
    CHECK_FALSE(queue::state_from_text("lost"));
    CHECK_FALSE(queue::state_from_text(""));
}

TEST_CASE("states that wait for somebody are not final", "[queue]")
{
    for (const auto state :
         {State::queued, State::sending, State::deferred, State::received, State::leased})
        CHECK_FALSE(queue::is_final(state));
    for (const auto state :
         {State::delivered, State::unproven, State::bounced, State::expired, State::acknowledged,
          State::refused})
        CHECK(queue::is_final(state));
}
