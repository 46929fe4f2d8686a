// SPDX-License-Identifier: Apache-2.0
// Retention through histories that are drawn: what is there afterwards is what must be.
#include "retaining.hpp"

#include <array>
#include <map>
#include <random>

using namespace queue;
using namespace std::chrono_literals;

namespace {

// What a history has made of the store, and when each message ended.
struct History {
    explicit History(unsigned seed) : random(seed) {}

    std::size_t draw(std::size_t below)
    {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    }
    void payloads(Queue& queue, std::vector<NewPart>& parts)
    {
        parts.clear();
        for (std::size_t n = draw(3); n > 0; --n) {
            const std::string octets(draw(2) == 0 ? 70'000 : 100, 'x');
            parts.push_back(octets.size() > 1000 ? large_part(queue, octets) : small_part(octets));
        }
    }
    void submit(Queue& queue)
    {
        auto message = outbound("out" + std::to_string(++made), at(now));
        message.header.sender = "participant-" + std::to_string(draw(3));
        payloads(queue, message.parts);
        message.expires = at(now + 1'000'000);
        all[enqueue(queue, std::move(message))->id] = std::nullopt;
    }
    void arrive(Queue& queue)
    {
        auto message = inbound("in" + std::to_string(++made));
        message.header.recipient = "participant-" + std::to_string(draw(3));
        message.received = at(now);
        payloads(queue, message.parts);
        if (draw(5) == 0) message.state = State::answered;
        const bool ends = message.state == State::answered;
        all[accept(queue, std::move(message))->id] = ends ? std::optional(now) : std::nullopt;
    }
    void send(Queue& queue)
    {
        for (const auto& job : claim(queue, claim_by("owner", now, 3)).value()) {
            const auto state = std::array{
                State::delivered, State::deferred, State::bounced, State::expired, State::unproven
            }[draw(5)];
            if (draw(4) == 0) continue; // its lease lapses
            Settlement settlement{
                .id = job.id, .state = state, .at = at(now), .attempt = {.started = at(now)}
            };
            if (state == State::deferred) settlement.next_try = at(now + 30);
            if (state == State::delivered) settlement.receipt = "receipt";
            if (settle(queue, "owner", settlement) && state != State::deferred) all[job.id] = now;
        }
    }
    void fetch(Queue& queue)
    {
        const auto participant = "participant-" + std::to_string(draw(3));
        for (const auto& item : lease(queue, lease_of(participant, now, 3)).value()) {
            if (draw(3) == 0) continue;
            const auto acknowledged = wait_for<void>([&](auto done) {
                queue.acknowledge(
                    item.id, item.lease, Visibility::of({participant}), at(now), done
                );
            });
            if (acknowledged) all[item.id] = now;
        }
    }

    std::mt19937 random;
    std::int64_t now = 0;
    int made = 0;
    std::map<std::string, std::optional<std::int64_t>> all; // id, and when it ended
};

// Everything that must hold after a run at `history.now`.
void check(const Queue& queue, const base::Path& folder, const History& history)
{
    std::size_t there = 0;
    std::set<std::string> named;
    for (const auto& [id, ended] : history.all) {
        const auto message = queue.find(id, queue::Visibility::all());
        const bool over = ended && *ended + 100 <= history.now;
        CHECK(message.has_value() != over);
        if (!message) continue;
        ++there;
        CHECK_FALSE(message->envelope.empty());
        CHECK_FALSE(message->events.empty());
        const auto state = message->summary.state;
        CHECK(is_final(state) == ended.has_value());
        if (state == State::delivered) CHECK(message->receipt == "receipt");
        const auto payload = rules.usual.payload_of(state) / 1s;
        const bool gone = ended && *ended + payload <= history.now;
        CHECK(message->payload_gone == gone);
        for (std::size_t n = 0; n < message->parts.size(); ++n) {
            const auto content = queue.payload(id, n, queue::Visibility::all());
            CHECK(content.has_value() != gone);
            if (!content) continue;
            CHECK(base::ContentReader::open(*content)); // there, and of its size
            if (content->in_file()) named.insert(content->file().filename().string());
        }
    }
    CHECK(payload_files(folder) == named); // nothing that is named is missing, nothing else stays
    CHECK(counted(queue) == there);
}

} // namespace

TEST_CASE("nothing referenced goes and nothing unreferenced stays, whatever happened", "[queue]")
{
    const auto seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
    CAPTURE(seed);
    History history(seed);
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    auto& queue = store.queue;
    Retained gone;
    for (int step = 0; step < 250; ++step) {
        history.now += static_cast<std::int64_t>(history.draw(6));
        switch (history.draw(6)) {
        case 0:
        case 1:
            history.submit(queue);
            break;
        case 2:
            history.arrive(queue);
            break;
        case 3:
            history.send(queue);
            break;
        case 4:
            history.fetch(queue);
            break;
        default:
            gone.add(run(queue, history.now));
            check(queue, folder.path(), history);
        }
    }
    gone.add(run(queue, history.now));
    check(queue, folder.path(), history);
    // A history in which nothing went would prove nothing.
    CHECK(gone.payloads > 20);
    CHECK(gone.files > 5);
    CHECK(gone.records > 10);
    CHECK(store.lost == 0);
}
