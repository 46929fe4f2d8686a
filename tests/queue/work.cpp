// SPDX-License-Identifier: Apache-2.0
// The steps, each with what it leads to if it is answered.
#include "work.hpp"

#include "crypto/digest.hpp"
#include "opened.hpp"
#include "queue/retention.hpp"

#include <algorithm>

namespace queue {
namespace {

const std::string owner = "node";

bool waits(const Known& known)
{
    return known.direction == Direction::outbound && known.state == State::queued;
}

std::vector<base::Bytes> payloads_of(const std::string& name, bool large)
{
    std::vector<base::Bytes> payloads{"payload of " + name};
    if (!large) return payloads;
    payloads.emplace_back();
    while (payloads.back().size() < 5000)
        payloads.back() += name + std::to_string(payloads.back().size());
    return payloads;
}

// Large ones arrive in two pieces and are files from the first octet.
base::Result<std::vector<NewPart>>
parts_of(const base::Path& spool_folder, const std::string& name, bool large)
{
    std::vector<NewPart> parts;
    for (const auto& octets : payloads_of(name, large)) {
        const bool in_file = octets.size() > 2000;
        base::Spool spool(spool_folder, in_file ? 0 : base::spool_memory_limit);
        const auto half = octets.size() / 2;
        if (const auto first = spool.write(octets.substr(0, half)); !first) return first.error();
        if (const auto second = spool.write(octets.substr(half)); !second) return second.error();
        const Part part{
            .content_id = "part " + std::to_string(parts.size()),
            .mime_type = "text/xml",
            .sha256 = crypto::sha256(octets)
        };
        parts.push_back({.part = part, .content = spool.finish()});
    }
    return parts;
}

base::Result<Outbound>
submission(const base::Path& spool_folder, const std::string& name, bool large)
{
    auto parts = parts_of(spool_folder, name, large);
    if (!parts) return parts.error();
    auto message = outbound(name);
    message.parts = std::move(*parts);
    return message;
}

base::Result<Inbound> arrival(const base::Path& spool_folder, const std::string& name, bool large)
{
    auto parts = parts_of(spool_folder, name, large);
    if (!parts) return parts.error();
    auto message = inbound(name);
    message.id = "id-" + name;
    message.parts = std::move(*parts);
    return message;
}

Known submitted(const std::string& name, bool large)
{
    return {.envelope = outbound(name).sealed, .payloads = payloads_of(name, large), .lease = ""};
}

Known received(const std::string& name, bool large)
{
    const auto message = inbound(name);
    return {
        .direction = Direction::inbound,
        .state = State::received,
        .envelope = message.envelope,
        .payloads = payloads_of(name, large),
        .receipt = message.receipt,
        .lease = ""
    };
}

} // namespace

Settings small_settings(const base::Path& folder)
{
    return {.folder = folder, .row_payload_limit = 2000, .checkpoint_pages = 40};
}

template <class T, class Start> base::Result<T> Work::wait_for(Start start)
{
    std::promise<base::Result<T>> promise;
    auto future = promise.get_future();
    start([&](base::Result<T> result) {
        last_moment_ = moment_();
        lost_when_answered_ = lost_ > 0;
        promise.set_value(std::move(result));
    });
    return future.get();
}

template <class T>
void Work::judge(const std::string& step, const base::Result<T>& answer, Ledger predicted)
{
    if (answer) {
        if (lost_when_answered_) faults_.push_back(step + " succeeded after the loss");
        answers_.push_back({.moment = last_moment_, .ledger = std::move(predicted)});
        return;
    }
    if (lost_ > 0) {
        if (!doubtful_) doubtful_ = std::move(predicted);
        return;
    }
    ++refused_;
    const auto code = answer.error().code;
    // Each says that nothing was done.
    if (code != base::errc::disk_full && code != base::errc::io_failed && code != errc::unavailable)
        faults_.push_back(step + ": " + answer.error().text());
}

bool Work::open()
{
    auto opened = Queue::open(small_settings(folder_), [this](const base::Error&) { ++lost_; });
    opened_ = opened.has_value();
    if (opened_) queue_ = std::make_unique<Queue>(std::move(*opened));
    return opened_;
}

void Work::run()
{
    if (!open()) return;
    started_ = true;
    first_day();
    queue_.reset();
    if (lost_ > 0) return; // a service that lost its store is at its end
    if (open()) second_day();
    queue_.reset();
}

void Work::first_day()
{
    enqueue("a", false);
    enqueue("b", true);
    accept("c", false);
    accept("d", true);
    claim_and_settle();
    accept("c", false);
    enqueue_in_conflict("b");
    lease_and_acknowledge(1, 1);
    prove("b");
}

void Work::second_day()
{
    enqueue("e", true);
    claim_and_settle();
    lease_and_acknowledge(100, 10); // what was leased the day before has lapsed
    retain(2000);
    accept("f", true);
}

void Work::enqueue(const std::string& name, bool large)
{
    auto predicted = certain();
    predicted["id-" + name] = submitted(name, large);
    auto message = submission(queue_->spool_folder(), name, large);
    if (!message)
        return judge("submission", base::Result<Enqueued>(message.error()), std::move(predicted));
    const auto answer =
        wait_for<Enqueued>([&](auto done) { queue_->enqueue(std::move(*message), done); });
    judge("enqueue", answer, std::move(predicted));
}

// The same key with other content, in a file that nobody needs.
void Work::enqueue_in_conflict(const std::string& name)
{
    if (!certain().contains("id-" + name)) return;
    auto message = submission(queue_->spool_folder(), name, true);
    if (!message) return judge("submission", base::Result<Enqueued>(message.error()), certain());
    message->content_sha256 = "other";
    const auto answer =
        wait_for<Enqueued>([&](auto done) { queue_->enqueue(std::move(*message), done); });
    if (answer) faults_.emplace_back("other content was taken under the same key");
    if (!answer && answer.error().code == errc::conflict)
        return judge("conflict", base::Result<>(), certain());
    judge("conflict", answer, certain());
}

void Work::accept(const std::string& name, bool large)
{
    const auto id = "id-" + name;
    auto predicted = certain();
    const bool repeat = predicted.contains(id);
    if (!repeat) predicted[id] = received(name, large);
    auto message = arrival(queue_->spool_folder(), name, large);
    if (!message)
        return judge("arrival", base::Result<Accepted>(message.error()), std::move(predicted));
    const auto answer =
        wait_for<Accepted>([&](auto done) { queue_->accept(std::move(*message), done); });
    const auto kind = repeat ? Accepted::Kind::repeat : Accepted::Kind::first;
    if (answer && (answer->kind != kind || answer->receipt != received(name, large).receipt))
        faults_.push_back(name + " was accepted otherwise");
    judge("accept", answer, std::move(predicted));
}

void Work::claim_and_settle()
{
    auto predicted = certain();
    std::size_t waiting = 0;
    for (auto& [id, known] : predicted) {
        if (!waits(known)) continue;
        known.state = State::sending;
        ++waiting;
    }
    const auto jobs =
        wait_for<std::vector<Job>>([&](auto done) { queue_->claim(claim_by(owner, 1), done); });
    if (jobs && jobs->size() != waiting) faults_.emplace_back("other messages were claimed");
    judge("claim", jobs, std::move(predicted));
    if (!jobs) return;
    for (const auto& job : *jobs)
        settle(job);
}

// "b" meets a peer that is down; all others are delivered.
void Work::settle(const Job& job)
{
    const bool down = job.id == "id-b";
    Settlement settlement{
        .id = job.id, .state = down ? State::deferred : State::delivered, .at = at(2)
    };
    settlement.attempt.started = at(1);
    if (down) settlement.next_try = at(5000);
    if (!down) settlement.receipt = "receipt for " + job.id;
    auto predicted = certain();
    auto& known = predicted[job.id];
    known.state = settlement.state;
    known.receipt = settlement.receipt;
    known.attempts = 1;
    const auto answer =
        wait_for<Settled>([&](auto done) { queue_->settle(owner, std::move(settlement), done); });
    judge("settle", answer, std::move(predicted));
}

void Work::prove(const std::string& name)
{
    const auto id = "id-" + name;
    auto predicted = certain();
    if (!predicted.contains(id)) return;
    predicted[id].state = State::delivered;
    predicted[id].receipt = "late receipt";
    Signal proof{.id = id, .at = at(3), .state = State::delivered, .receipt = "late receipt"};
    const auto answer =
        wait_for<Signalled>([&](auto done) { queue_->signal(std::move(proof), done); });
    judge("signal", answer, std::move(predicted));
}

void Work::lease_and_acknowledge(std::int64_t now, std::size_t max_acknowledged)
{
    auto predicted = certain();
    for (auto& [id, known] : predicted) {
        if (known.state != State::received && known.state != State::leased) continue;
        known.state = State::leased;
        known.lease.reset();
    }
    const auto items = wait_for<std::vector<InboxItem>>([&](auto done) {
        queue_->lease(lease_of("participant-b", now), done);
    });
    if (items)
        for (const auto& item : *items)
            predicted[item.id].lease = item.lease;
    judge("lease", items, std::move(predicted));
    if (!items) return;
    for (std::size_t n = 0; n < std::min(items->size(), max_acknowledged); ++n)
        acknowledge((*items)[n]);
}

void Work::acknowledge(const InboxItem& item)
{
    auto predicted = certain();
    predicted[item.id].state = State::acknowledged;
    const auto answer = wait_for<void>([&](auto done) {
        queue_->acknowledge(item.id, item.lease, Visibility::of({"participant-b"}), at(4), done);
    });
    judge("acknowledge", answer, std::move(predicted));
}

// What was sent goes with all that is known of it; of what was received, the payloads. Two steps:
// one of each stage.
void Work::retain(std::int64_t now)
{
    const Keep payloads{.payload = at(now) - at(1000), .record = at(now) - at(0)};
    RetentionRules rules{.usual = payloads};
    rules.of["participant-a"] = {.payload = payloads.payload, .record = payloads.payload};
    RetentionCursor place;
    for (const bool records : {false, true}) {
        auto predicted = certain();
        for (auto& each : predicted)
            each.second.payload_gone = is_final(each.second.state);
        std::erase_if(predicted, [&](const auto& each) {
            const auto& known = each.second;
            return records && is_final(known.state) && known.direction == Direction::outbound;
        });
        const auto step = queue_->retain(rules, at(now), place);
        last_moment_ = moment_();
        lost_when_answered_ = lost_ > 0;
        judge("retain", step, std::move(predicted));
        if (!step) return;
    }
}

std::string Work::difference(Queue& queue, Ledger& was) const
{
    was = certain();
    const auto different = queue::difference(queue, folder_, was);
    if (different.empty() || !doubtful_) return different;
    was = *doubtful_;
    const auto other = queue::difference(queue, folder_, was);
    return other.empty() ? "" : different + "; or " + other;
}

std::string repeat_everything(Queue& queue, Ledger& ledger)
{
    struct Again {
        std::string name;
        bool large;
    };
    for (const auto& [name, large] : {Again{"a", false}, {"b", true}, {"e", true}, {"x", true}}) {
        auto message = submission(queue.spool_folder(), name, large);
        if (!message) return message.error().text();
        const auto answer = enqueue(queue, std::move(*message));
        if (!answer) return name + ": " + answer.error().text();
        const bool added = ledger.try_emplace("id-" + name, submitted(name, large)).second;
        if (answer->existed == added) return name + " was submitted as if it had not been";
    }
    for (const auto& [name, large] : {Again{"c", false}, {"d", true}, {"f", true}, {"y", true}}) {
        auto message = arrival(queue.spool_folder(), name, large);
        if (!message) return message.error().text();
        const auto answer = accept(queue, std::move(*message));
        if (!answer) return name + ": " + answer.error().text();
        const bool added = ledger.try_emplace("id-" + name, received(name, large)).second;
        if ((answer->kind == Accepted::Kind::first) != added)
            return name + " was accepted as if it had not been";
    }
    return "";
}

} // namespace queue
