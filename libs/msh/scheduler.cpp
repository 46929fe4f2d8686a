// SPDX-License-Identifier: Apache-2.0
// Additive increase, multiplicative decrease, and a breaker that lets one probe through. A quarter
// of the slots is reserved for destinations without a running exchange, so that slow destinations
// never hold all.
#include "msh/scheduler.hpp"

#include <algorithm>

namespace msh {

namespace {

using queue::AdminState;

constexpr base::Duration max_exchange_time = std::chrono::minutes(1); // longer ones count as this
constexpr int weight_of_past = 8;

base::Duration mean_with(base::Duration mean, base::Duration took)
{
    const auto counted = std::clamp(took, base::Duration(1), max_exchange_time);
    if (mean == base::Duration()) return counted;
    return (mean * (weight_of_past - 1) + counted) / weight_of_past;
}

bool has(const std::optional<queue::DestinationAdminState>& given, AdminState admin_state)
{
    return given && given->admin_state == admin_state;
}

} // namespace

std::string_view to_text(Breaker breaker)
{
    switch (breaker) {
    case Breaker::closed:
        return "closed";
    case Breaker::open:
        return "open";
    case Breaker::probing:
        return "probing";
    }
    return "unknown";
}

Scheduler::Scheduler(
    const SchedulerSettings& settings, const std::vector<std::string>& peers, std::uint32_t seed
)
    : settings_(settings), random_(seed)
{
    settings_.peer_slots = std::min(settings_.peer_slots, of_common());
    settings_.first = std::min(settings_.first, settings_.peer_slots);
    for (const auto& peer : peers)
        records_[peer].limit = settings_.first;
}

std::size_t Scheduler::of_common() const
{
    const auto kept = std::max<std::size_t>(settings_.slots / 4, 1);
    return std::max<std::size_t>(settings_.slots - std::min(kept, settings_.slots), 1);
}

// If the clock was set back, not_before can lie further away than the longest wait. Such a time is
// ignored.
bool Scheduler::waits(const Record& record, base::Time now) const
{
    const auto longest = std::max(settings_.probe_max_delay, settings_.max_retry_after);
    return record.not_before > now && record.not_before <= now + longest;
}

bool Scheduler::is_paused(const Record& record) const
{
    return has(all_, AdminState::paused) || has(record.admin_state, AdminState::paused);
}

// Free slots of the destination itself, without regard to the total.
std::size_t Scheduler::free_of(const Record& record, base::Time now) const
{
    if (is_paused(record) || waits(record, now)) return 0;
    if (record.breaker == Breaker::open) return 1; // the probe, even if old exchanges still run
    // Exchanges that began before the breaker closed leave their slots to new ones.
    return record.limit - std::min(record.limit, record.running - record.left_over);
}

Scheduler::Offer Scheduler::offer(base::Time now) const
{
    Offer offer;
    offer.after = turn_;
    offer.default_slots = settings_.first;
    const bool only_first = running_ >= of_common();
    if (only_first) offer.default_slots = 1;
    const auto all = only_first ? settings_.slots : of_common();
    offer.limit = all - std::min(all, running_);
    for (const auto& [peer, record] : records_) {
        auto slots = free_of(record, now);
        if (only_first && record.running > 0) slots = 0;
        // An idle destination gets default_slots in each claim, so most destinations need no entry.
        if (slots < offer.default_slots || record.running > 0) offer.slots[peer] = slots;
    }
    return offer;
}

std::optional<base::Time> Scheduler::wakes_at(base::Time now) const
{
    std::optional<base::Time> earliest;
    for (const auto& [peer, record] : records_)
        if (waits(record, now) && !is_paused(record))
            earliest = std::min(earliest.value_or(record.not_before), record.not_before);
    return earliest;
}

Scheduler::Exchange Scheduler::begin(const std::string& peer, base::Time now)
{
    turn_ = peer;
    Exchange exchange{.peer = peer};
    const auto found = records_.find(peer);
    if (found == records_.end()) return exchange;
    auto& record = found->second;
    exchange.permission = Permission::withheld;
    if (free_of(record, now) == 0) return exchange;
    exchange.permission = Permission::granted;
    exchange.generation = record.generation;
    exchange.probe = record.breaker == Breaker::open;
    if (exchange.probe) record.breaker = Breaker::probing;
    ++record.running;
    ++running_;
    return exchange;
}

void Scheduler::end(const Exchange& exchange, const End& end, base::Time now)
{
    const auto found = records_.find(exchange.peer);
    if (found == records_.end() || exchange.permission != Permission::granted) return;
    auto& record = found->second;
    --record.running;
    --running_;
    if (exchange.generation < record.sound_since) --record.left_over;
    if (exchange.probe && record.breaker == Breaker::probing) record.breaker = Breaker::open;
    if (end.kind == End::Kind::none) return;
    ++record.attempts;
    record.exchange = mean_with(record.exchange, end.took);
    if (end.kind == End::Kind::answered) succeeded(record, exchange);
    if (end.kind == End::Kind::failed) {
        record.last_failure = end.failure;
        failed(record, exchange, now);
    }
    if (!end.retry_after) return;
    const auto asked = now + std::min(*end.retry_after, settings_.max_retry_after);
    if (!waits(record, now) || record.not_before < asked) record.not_before = asked;
}

void Scheduler::succeeded(Record& record, const Exchange& exchange)
{
    record.consecutive_failures = 0;
    record.failing_since.reset();
    if (record.breaker != Breaker::closed) {
        record.breaker = Breaker::closed;
        record.not_before = base::Time();
        record.sound_since = ++record.generation;
        record.left_over = record.running;
        return;
    }
    // An exchange that began before the limit fell says nothing about the new limit.
    if (exchange.generation != record.generation || ++record.successes < record.limit) return;
    record.limit = std::min(record.limit + 1, settings_.peer_slots);
    record.successes = 0;
}

void Scheduler::failed(Record& record, const Exchange& exchange, base::Time now)
{
    ++record.failures;
    // The exchange began before the breaker closed.
    if (exchange.generation < record.sound_since) return;
    if (record.consecutive_failures++ == 0) record.failing_since = now;
    if (record.breaker != Breaker::closed) {
        // Only the probe shows that the destination is still down. Other exchanges began earlier.
        if (exchange.probe) put_off(record, now);
        return;
    }
    // Failures of one generation lower the limit only once.
    if (exchange.generation == record.generation) {
        record.limit = std::max<std::size_t>(record.limit / 2, 1);
        record.successes = 0;
        ++record.generation;
    }
    if (record.consecutive_failures < settings_.failures) return;
    record.breaker = Breaker::open;
    record.limit = 1;
    record.successes = 0;
    ++record.generation;
    record.wait = base::Duration();
    put_off(record, now);
}

// Doubles the wait, and draws the time of the probe from its second half. So access points that
// lost a peer together do not return together.
void Scheduler::put_off(Record& record, base::Time now)
{
    const auto doubled = std::max(record.wait * 2, settings_.probe_delay);
    record.wait = std::min(doubled, settings_.probe_max_delay);
    const auto half = record.wait.count() / 2;
    std::uniform_int_distribution<base::Duration::rep> drawn(half, record.wait.count());
    record.not_before = now + base::Duration(drawn(random_));
}

void Scheduler::set_admin_state(const queue::DestinationAdminState& admin_state)
{
    std::optional<queue::DestinationAdminState> kept;
    if (admin_state.admin_state != AdminState::open) kept = admin_state;
    if (admin_state.peer.empty()) {
        all_ = std::move(kept);
        return;
    }
    const auto found = records_.find(admin_state.peer);
    if (found != records_.end()) found->second.admin_state = std::move(kept);
}

void Scheduler::probe_now(std::string_view peer, base::Time now)
{
    for (auto& [name, record] : records_)
        if (peer.empty() || peer == name) record.not_before = std::min(record.not_before, now);
}

bool Scheduler::takes(std::string_view peer) const
{
    if (has(all_, AdminState::drained)) return false;
    const auto found = records_.find(peer);
    return found == records_.end() || !has(found->second.admin_state, AdminState::drained);
}

Destination Scheduler::view(const std::string& peer, const Record& record, base::Time now) const
{
    Destination seen;
    seen.peer = peer;
    seen.breaker = record.breaker;
    // Show the stricter of the two.
    const bool of_all =
        has(all_, AdminState::paused) || (all_ && !has(record.admin_state, AdminState::paused));
    if (const auto& admin_state = of_all ? all_ : record.admin_state) {
        seen.admin_state = admin_state->admin_state;
        seen.reason = admin_state->reason;
    }
    seen.running = record.running;
    seen.slots = record.running + free_of(record, now);
    if (waits(record, now)) seen.not_before = record.not_before;
    seen.exchange = record.exchange;
    seen.attempts = record.attempts;
    seen.failures = record.failures;
    seen.consecutive_failures = record.consecutive_failures;
    seen.last_failure = record.last_failure;
    seen.failing_since = record.failing_since;
    return seen;
}

std::vector<Destination> Scheduler::destinations(base::Time now) const
{
    std::vector<Destination> all;
    for (const auto& [peer, record] : records_)
        all.push_back(view(peer, record, now));
    return all;
}

} // namespace msh
