// SPDX-License-Identifier: Apache-2.0
// Writes the series about waiting messages, peers, shortages and connections.
#include "api/series.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace api {

namespace {

using Kind = Exposition::Kind;

constexpr std::array waiting_states{
    queue::State::queued, queue::State::sending, queue::State::deferred, queue::State::received,
    queue::State::leased
};

// Writes one series for each value of a destination's attribute: 1 for the current value, 0 for the
// others.
template <class Value, std::size_t Count>
void add_choice(
    Exposition& text, std::string_view name, std::string_view help, std::string_view label,
    const std::vector<msh::Destination>& destinations, Value msh::Destination::* member,
    const std::array<Value, Count>& values
)
{
    text.family(name, Kind::gauge, help);
    for (const auto& destination : destinations)
        for (const auto value : values)
            text.sample(
                {{"peer", destination.peer}, {label, to_text(value)}}, destination.*member == value
            );
}

template <class Value>
void add_each(
    Exposition& text, std::string_view name, Kind kind, std::string_view help,
    const std::vector<msh::Destination>& destinations, Value msh::Destination::* member
)
{
    text.family(name, kind, help);
    for (const auto& destination : destinations)
        text.sample({{"peer", destination.peer}}, std::uint64_t(destination.*member));
}

} // namespace

void add_counts(Exposition& text, const queue::Counts& counts, const pmode::PModes& pmodes)
{
    std::map<std::pair<queue::State, std::string>, std::uint64_t> messages;
    for (const auto& peer : pmodes.peers())
        for (const auto state : waiting_states)
            // Creates the entry, so that a count of zero is written, too.
            messages[{state, peer.name}];
    for (const auto& of : counts.of)
        messages[{of.state, pmodes.by_name(of.peer) ? of.peer : std::string()}] += of.messages;
    text.family(
        "kurir_messages", Kind::gauge,
        "Messages in the store by state and peer. The peer is empty if it is no longer configured."
    );
    for (const auto& [key, count] : messages)
        text.sample({{"state", queue::to_text(key.first)}, {"peer", key.second}}, count);
}

void add_ages(Exposition& text, const queue::Counts& counts, base::Time now)
{
    text.family(
        "kurir_oldest_message_age_seconds", Kind::gauge,
        "Age of the oldest message of each state that is not final; 0 if there is none."
    );
    for (const auto state : waiting_states) {
        const auto found = std::ranges::find(counts.oldest, state, [](const auto& oldest) {
            return oldest.first;
        });
        const auto age = found == counts.oldest.end() ? base::Duration() : now - found->second;
        text.sample({{"state", queue::to_text(state)}}, seconds(std::max(age, base::Duration())));
    }
}

void add_stuck(Exposition& text, const std::vector<queue::Stuck>& stuck)
{
    using Why = queue::Stuck::Why;
    text.family(
        "kurir_stuck_messages", Kind::gauge,
        "Messages that passed a deadline and wait for somebody to look (kurir queue --stuck), as "
        "far as that list goes."
    );
    for (const auto why :
         {Why::overdue, Why::lapsed, Why::unfetched, Why::no_peer, Why::certificate}) {
        const auto count = std::ranges::count(stuck, why, &queue::Stuck::why);
        text.sample({{"why", to_text(why)}}, static_cast<std::uint64_t>(count));
    }
}

void add_destinations(Exposition& text, const std::vector<msh::Destination>& destinations)
{
    using msh::Breaker;
    using msh::Destination;
    using queue::AdminState;
    add_each(
        text, "kurir_attempts_total", Kind::counter, "Attempts to send to a peer.", destinations,
        &Destination::attempts
    );
    add_each(
        text, "kurir_attempt_failures_total", Kind::counter,
        "Those of them that the peer did not answer as an access point that works.", destinations,
        &Destination::failures
    );
    add_each(
        text, "kurir_destination_running", Kind::gauge, "Exchanges with a peer now.", destinations,
        &Destination::running
    );
    add_each(
        text, "kurir_destination_slots", Kind::gauge, "Exchanges it may have at once now.",
        destinations, &Destination::slots
    );
    text.family(
        "kurir_destination_exchange_seconds", Kind::gauge,
        "What an exchange with a peer takes, by the last ones; 0 before the first."
    );
    for (const auto& destination : destinations)
        text.sample({{"peer", destination.peer}}, seconds(destination.exchange));
    text.family(
        "kurir_destination_held", Kind::gauge,
        "1 while an expired or not yet valid certificate holds messages for a peer."
    );
    for (const auto& destination : destinations)
        text.sample({{"peer", destination.peer}}, !destination.held.empty());
    add_choice(
        text, "kurir_destination_breaker",
        "State of a peer's circuit breaker: 1 for the one it is in.", "breaker", destinations,
        &Destination::breaker, std::array{Breaker::closed, Breaker::open, Breaker::probing}
    );
    add_choice(
        text, "kurir_destination_admin_state", "What the operator decided: 1 for what holds.",
        "admin_state", destinations, &Destination::admin_state,
        std::array{AdminState::open, AdminState::paused, AdminState::drained}
    );
}

void add_pressure(Exposition& text, const msh::Pressure& pressure)
{
    text.family(
        "kurir_refusals_total", Kind::counter, "Requests that were told to come later, by shortage."
    );
    for (std::size_t n = 0; n < msh::shortages; ++n)
        text.sample({{"shortage", to_text(static_cast<msh::Shortage>(n))}}, pressure.refusals()[n]);
    const auto& load = pressure.load();
    const auto& marks = pressure.marks();
    // Before the first measurement, a zero would raise a false alarm.
    if (pressure.measured()) {
        text.single(
            "kurir_disk_free_bytes", Kind::gauge, "Free octets where the messages are.",
            load.disk_free
        );
        if (load.inodes_free)
            text.single(
                "kurir_inodes_free", Kind::gauge, "Free inodes where the messages are.",
                *load.inodes_free
            );
        text.single(
            "kurir_queued_messages", Kind::gauge, "Outbound messages that are not final.",
            load.queued
        );
        text.single(
            "kurir_waiting_bytes", Kind::gauge, "Octets in memory that wait for the writer.",
            load.waiting_octets
        );
    }
    text.family(
        "kurir_watermark", Kind::gauge,
        "Where doors close and open again: disk (free octets), inodes (free ones), queue "
        "(messages), memory (octets); log (octets of the store's) has one mark."
    );
    text.sample({{"of", "log"}, {"at", "stop"}}, marks.log_stop);
    text.sample({{"of", "inodes"}, {"at", "stop"}}, marks.inodes_stop);
    text.sample({{"of", "inodes"}, {"at", "resume"}}, marks.inodes_resume);
    text.sample({{"of", "disk"}, {"at", "stop"}}, marks.disk_stop);
    text.sample({{"of", "disk"}, {"at", "resume"}}, marks.disk_resume);
    text.sample({{"of", "queue"}, {"at", "stop"}}, marks.queue_stop);
    text.sample({{"of", "queue"}, {"at", "resume"}}, marks.queue_resume);
    text.sample({{"of", "memory"}, {"at", "stop"}}, marks.memory_stop);
    text.sample({{"of", "memory"}, {"at", "resume"}}, marks.memory_resume);
}

void add_doors(Exposition& text, const std::vector<DoorFigures>& doors)
{
    const auto each = [&](const auto& sample) {
        for (const auto& door : doors)
            for (std::size_t i = 0; i < http::phases; ++i)
                sample(door, to_text(static_cast<http::Phase>(i)), i);
    };
    text.family("kurir_connections", Kind::gauge, "Connections of a door by phase.");
    each([&](const DoorFigures& door, std::string_view phase, std::size_t i) {
        text.sample(
            {{"door", door.name}, {"phase", phase}}, std::uint64_t(door.connections.now[i])
        );
    });
    text.family(
        "kurir_connections_limit", Kind::gauge,
        "How many connections a door may have, without those that wait."
    );
    for (const auto& door : doors)
        text.sample({{"door", door.name}}, std::uint64_t(door.connections.limit));
    text.family(
        "kurir_connections_dropped_total", Kind::counter,
        "Connections that were ended in favour of others, by the phase they were in."
    );
    each([&](const DoorFigures& door, std::string_view phase, std::size_t i) {
        text.sample({{"door", door.name}, {"phase", phase}}, door.connections.dropped[i]);
    });
    text.family(
        "kurir_connections_refused_total", Kind::counter,
        "Connections and requests that got no slot: \"slot\" waited for one in vain, "
        "\"certificate\" was answered 503."
    );
    for (const auto& door : doors) {
        text.sample({{"door", door.name}, {"for", "slot"}}, door.connections.refused);
        text.sample(
            {{"door", door.name}, {"for", "certificate"}}, door.connections.refused_certificates
        );
    }
}

} // namespace api
