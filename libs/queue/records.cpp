// SPDX-License-Identifier: Apache-2.0
// Names of states, directions, admin states and reasons, as the store, the API and the logs write
// them.
#include "queue/records.hpp"

#include <array>
#include <utility>

namespace queue {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 12> names{{
    {State::queued, "queued"},
    {State::sending, "sending"},
    {State::deferred, "deferred"},
    {State::delivered, "delivered"},
    {State::unproven, "unproven"},
    {State::bounced, "bounced"},
    {State::expired, "expired"},
    {State::received, "received"},
    {State::leased, "leased"},
    {State::acknowledged, "acknowledged"},
    {State::refused, "refused"},
    {State::answered, "answered"},
}};

} // namespace

std::string_view to_text(State state)
{
    for (const auto& [value, name] : names)
        if (value == state) return name;
    return "unknown";
}

std::optional<State> state_from_text(std::string_view text)
{
    for (const auto& [value, name] : names)
        if (name == text) return value;
    return std::nullopt;
}

std::string_view to_text(Direction direction)
{
    return direction == Direction::outbound ? "outbound" : "inbound";
}

std::string_view to_text(Stuck::Why why)
{
    switch (why) {
    case Stuck::Why::overdue:
        return "overdue";
    case Stuck::Why::lapsed:
        return "lapsed";
    case Stuck::Why::unfetched:
        return "unfetched";
    case Stuck::Why::no_peer:
        return "no_peer";
    case Stuck::Why::certificate:
        return "certificate";
    }
    return "unknown";
}

std::string_view to_text(AdminState admin_state)
{
    switch (admin_state) {
    case AdminState::open:
        return "open";
    case AdminState::paused:
        return "paused";
    case AdminState::drained:
        return "drained";
    }
    return "unknown";
}

std::optional<AdminState> admin_state_from_text(std::string_view text)
{
    for (const auto admin_state : {AdminState::open, AdminState::paused, AdminState::drained}) {
        if (to_text(admin_state) == text) return admin_state;
    }
    return std::nullopt;
}

bool is_final(State state)
{
    switch (state) {
    case State::queued:
    case State::sending:
    case State::deferred:
    case State::received:
    case State::leased:
        return false;
    case State::delivered:
    case State::unproven:
    case State::bounced:
    case State::expired:
    case State::acknowledged:
    case State::refused:
    case State::answered:
        return true;
    }
    return true;
}

bool is_contradicted(State state, bool by_proof)
{
    return state == (by_proof ? State::bounced : State::delivered);
}

bool proof_changes(State state)
{
    switch (state) {
    case State::queued:
    case State::sending:
    case State::deferred:
    case State::unproven:
    case State::expired:
        return true;
    case State::delivered:
    case State::bounced:
    case State::received:
    case State::leased:
    case State::acknowledged:
    case State::refused:
    case State::answered:
        return false;
    }
    return false;
}

} // namespace queue
