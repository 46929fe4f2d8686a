// SPDX-License-Identifier: Apache-2.0
// A queue in a folder of its own, its completions turned into return values, and messages to put
// into it.
#pragma once

#include "base/id.hpp"
#include "queue/queue.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <string>
#include <vector>

namespace queue {

inline base::Time at(std::int64_t seconds)
{
    return base::from_millis(1'700'000'000'000 + seconds * 1000);
}

template <class T, class Start> base::Result<T> wait_for(Start start)
{
    std::promise<base::Result<T>> promise;
    auto future = promise.get_future();
    start([&promise](base::Result<T> result) { promise.set_value(std::move(result)); });
    return future.get();
}

inline base::Result<Enqueued> enqueue(Queue& queue, Outbound message)
{
    return wait_for<Enqueued>([&](auto done) { queue.enqueue(std::move(message), done); });
}
inline base::Result<std::vector<Job>> claim(Queue& queue, Queue::Claim claim)
{
    return wait_for<std::vector<Job>>([&](auto done) { queue.claim(std::move(claim), done); });
}
inline base::Result<Settled>
settle_and_tell(Queue& queue, const std::string& owner, Settlement settlement)
{
    return wait_for<Settled>([&](auto done) { queue.settle(owner, std::move(settlement), done); });
}
inline base::Result<State> settle(Queue& queue, const std::string& owner, Settlement settlement)
{
    const auto settled = settle_and_tell(queue, owner, std::move(settlement));
    if (!settled) return settled.error();
    return settled->state;
}
inline base::Result<> add_form(Queue& queue, const std::string& owner, NewForm form)
{
    return wait_for<void>([&](auto done) { queue.add_form(owner, std::move(form), done); });
}
inline base::Result<Signalled> signal(Queue& queue, Signal signal)
{
    return wait_for<Signalled>([&](auto done) { queue.signal(std::move(signal), done); });
}
// Those that are no longer the owner's.
inline base::Result<std::vector<std::string>>
renew(Queue& queue, std::vector<std::string> ids, const std::string& owner, base::Time until)
{
    return wait_for<std::vector<std::string>>([&](auto done) {
        queue.renew(std::move(ids), owner, until, done);
    });
}
inline base::Result<Accepted> accept(Queue& queue, Inbound message)
{
    return wait_for<Accepted>([&](auto done) { queue.accept(std::move(message), done); });
}
inline base::Result<>
refuse(Queue& queue, const Header& header, const std::string& reason, base::Time when)
{
    return wait_for<void>([&](auto done) { queue.record_refusal(header, reason, when, done); });
}
inline base::Result<std::vector<InboxItem>> lease(Queue& queue, Queue::Lease lease)
{
    return wait_for<std::vector<InboxItem>>([&](auto done) { queue.lease(std::move(lease), done); }
    );
}
inline base::Result<> acknowledge(
    Queue& queue, const std::string& id, const std::string& token, const std::string& participant
)
{
    return wait_for<void>([&](auto done) {
        queue.acknowledge(id, token, Visibility::of({participant}), at(100), done);
    });
}

inline Header header(const std::string& message_id)
{
    return {
        .message_id = message_id,
        .conversation_id = "conversation",
        .from_party = "party-a",
        .to_party = "party-b",
        .sender = "participant-a",
        .recipient = "participant-b",
        .service = "service",
        .action = "action",
        .peer = "peer-b"
    };
}

inline NewPart small_part(const std::string& octets, const std::string& content_id = "message")
{
    Part part{
        .content_id = content_id,
        .mime_type = "text/xml",
        .character_set = "utf-8",
        .compressed = true,
        .plain_size = octets.size() * 2,
        .sha256 = "sha256 of " + octets
    };
    return {.part = part, .content = base::Content::of(octets)};
}
inline NewPart large_part(const Queue& queue, const std::string& octets)
{
    base::Spool spool(queue.spool_folder(), 0);
    REQUIRE(spool.write(octets));
    auto part = small_part(octets);
    part.content = spool.finish();
    REQUIRE(part.content.in_file());
    return part;
}

// One outbound message; everything about it follows from its name.
inline Outbound outbound(const std::string& name, base::Time created = at(0))
{
    Outbound message{
        .id = "id-" + name,
        .header = header(name + "@a"),
        .client = "client",
        .idempotency_key = "key-" + name,
        .content_sha256 = "content-" + name,
        .sealed = std::string("sealed\0", 7) + name,
        .created = created,
        .expires = created + std::chrono::hours(1)
    };
    message.parts.push_back(small_part("octets of " + name));
    return message;
}
inline Inbound inbound(const std::string& name, const std::string& form = "form 1")
{
    Inbound message{
        .id = "id-" + name + base::uuid(),
        .header = header(name + "@a"),
        .envelope = "envelope",
        .signed_info_digest = form,
        .signer = "signer",
        .receipt = "receipt for " + form,
        .receipt_id = "receipt-" + name,
        .received = at(0)
    };
    message.parts.push_back(small_part("octets of " + name));
    return message;
}

inline Queue::Claim claim_by(const std::string& owner, std::int64_t now, std::size_t max = 16)
{
    return {.now = at(now), .lease_until = at(now + 60), .owner = owner, .limit = max};
}
inline Queue::Lease lease_of(const std::string& participant, std::int64_t now, std::size_t max = 10)
{
    return {
        .participants = {participant},
        .client = "client",
        .now = at(now),
        .until = at(now + 60),
        .limit = max
    };
}

// A queue that must open; counts how often it was told that the storage is lost.
struct Opened {
    explicit Opened(const base::Path& folder)
        : queue(*open(folder, [this](const base::Error&) { ++lost; }))
    {
    }
    static base::Result<Queue>
    open(const base::Path& folder, std::function<void(const base::Error&)> on_lost)
    {
        auto opened = Queue::open({.folder = folder}, std::move(on_lost));
        REQUIRE(opened);
        return opened;
    }
    std::atomic<int> lost = 0;
    Queue queue;
};

} // namespace queue
