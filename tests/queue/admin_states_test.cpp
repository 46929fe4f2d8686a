// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include "queue/sqlite.hpp"

using namespace queue;

namespace {

base::Result<> set_admin_state(Queue& queue, DestinationAdminState admin_state)
{
    return wait_for<void>([&](auto done) { queue.set_admin_state(std::move(admin_state), done); });
}

base::Result<std::size_t>
make_due_now(Queue& queue, const std::string& peer, std::int64_t now, std::size_t max)
{
    return wait_for<std::size_t>([&](auto done) { queue.make_due_now(peer, at(now), max, done); });
}

// A message of this peer that waits until `next_try`.
void defer(Queue& queue, const std::string& name, const std::string& peer, std::int64_t next_try)
{
    auto message = outbound(name);
    message.header.peer = peer;
    REQUIRE(enqueue(queue, std::move(message)));
    REQUIRE(claim(queue, claim_by("owner", 1))->size() == 1);
    Settlement settled{.id = "id-" + name, .state = State::deferred, .at = at(2)};
    settled.next_try = at(next_try);
    settled.attempt.started = at(1);
    REQUIRE(settle(queue, "owner", std::move(settled)));
}

std::vector<std::string> due_at(Queue& queue, std::int64_t now)
{
    std::vector<std::string> ids;
    const auto jobs = claim(queue, claim_by("owner", now));
    REQUIRE(jobs);
    for (const auto& job : *jobs)
        ids.push_back(job.id);
    return ids;
}

} // namespace

TEST_CASE("what the operator decided is kept over a restart", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        CHECK(store.queue.admin_states()->empty());
        REQUIRE(set_admin_state(store.queue, {"b", AdminState::paused, at(1), "their upgrade"}));
        REQUIRE(set_admin_state(store.queue, {"", AdminState::drained, at(2), "ours"}));
    }
    Opened store(folder.path());
    const auto admin_states = store.queue.admin_states();
    REQUIRE(admin_states);
    REQUIRE(admin_states->size() == 2);
    CHECK(admin_states->at(0).peer.empty());
    CHECK(admin_states->at(0).admin_state == AdminState::drained);
    CHECK(admin_states->at(1).peer == "b");
    CHECK(admin_states->at(1).admin_state == AdminState::paused);
    CHECK(admin_states->at(1).since == at(1));
    CHECK(admin_states->at(1).reason == "their upgrade");
}

TEST_CASE("the last decision counts, and an open destination has none", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    REQUIRE(set_admin_state(store.queue, {"b", AdminState::paused, at(1), "first"}));
    REQUIRE(set_admin_state(store.queue, {"b", AdminState::drained, at(2), "second"}));
    REQUIRE(set_admin_state(store.queue, {"b", AdminState::drained, at(2), "second"})
    ); // again is fine
    REQUIRE(store.queue.admin_states()->size() == 1);
    CHECK(store.queue.admin_states()->front().admin_state == AdminState::drained);
    CHECK(store.queue.admin_states()->front().reason == "second");
    for (int i = 0; i < 2; ++i) {
        REQUIRE(set_admin_state(store.queue, {"b", AdminState::open, at(3), ""}));
        CHECK(store.queue.admin_states()->empty());
    }
}

TEST_CASE("a admin_state that cannot be read is no open door", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        Opened store(folder.path());
        REQUIRE(set_admin_state(store.queue, {"b", AdminState::paused, at(1), ""}));
    }
    {
        auto raw = Connection::open(folder.path() / "kurir.db", Connection::Access::read_write);
        REQUIRE(raw);
        REQUIRE(raw->run("UPDATE destination SET standing = 'resting'"));
    }
    Opened store(folder.path());
    REQUIRE_FALSE(store.queue.admin_states());
    CHECK(store.queue.admin_states().error().code == errc::newer_schema);
    CHECK(store.lost == 0); // the messages can be read
    // Whoever opens all has decided about it, and can see again what is decided.
    REQUIRE(set_admin_state(store.queue, {"c", AdminState::drained, at(2), ""}));
    REQUIRE(set_admin_state(store.queue, {"", AdminState::open, at(3), ""}));
    REQUIRE(store.queue.admin_states());
    REQUIRE(store.queue.admin_states()->size() == 1);
    CHECK(store.queue.admin_states()->front().peer == "c");
}

TEST_CASE("what is deferred is brought forward in steps, the next due first", "[queue]")
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    defer(store.queue, "late", "b", 3000);
    defer(store.queue, "soon", "b", 1000);
    defer(store.queue, "between", "b", 2000);
    defer(store.queue, "theirs", "c", 1500);

    CHECK(*make_due_now(store.queue, "b", 10, 2) == 2);
    CHECK(due_at(store.queue, 10) == std::vector<std::string>{"id-soon", "id-between"});
    CHECK(*make_due_now(store.queue, "b", 10, 2) == 1);
    CHECK(due_at(store.queue, 10) == std::vector<std::string>{"id-late"});
    // Claimed by now: what is being sent is nobody's to bring forward.
    CHECK(*make_due_now(store.queue, "b", 10, 2) == 0);
    CHECK(*make_due_now(store.queue, "", 10, 9) == 1);
    CHECK(due_at(store.queue, 10) == std::vector<std::string>{"id-theirs"});
}

TEST_CASE(
    "bringing forward changes neither the count of attempts nor what is due already", "[queue]"
)
{
    const support::TemporaryFolder folder;
    Opened store(folder.path());
    defer(store.queue, "one", "b", 1000);
    CHECK(*make_due_now(store.queue, "b", 1000, 9) == 0);
    CHECK(*make_due_now(store.queue, "b", 10, 9) == 1);
    const auto jobs = claim(store.queue, claim_by("owner", 10));
    REQUIRE(jobs->size() == 1);
    CHECK(jobs->front().attempts == 1);
}

TEST_CASE("both ways to bring forward walk an index, whatever else is stored", "[queue]")
{
    const support::TemporaryFolder folder;
    {
        const Opened store(folder.path());
    }
    auto raw = Connection::open(folder.path() / "kurir.db", Connection::Access::read_only);
    REQUIRE(raw);
    for (const std::string of_peer : {"", " AND peer = 'b'"}) {
        auto plan = raw->query(
            "EXPLAIN QUERY PLAN SELECT sequence FROM message WHERE direction = 'outbound'" +
            of_peer + " AND due > 1 AND state = 'deferred' ORDER BY due, sequence LIMIT 5"
        );
        std::string steps;
        while (*plan.next())
            steps += plan.text(3) + "\n";
        INFO(steps);
        CHECK(steps.find(of_peer.empty() ? "message_due " : "message_due_by_peer ") != steps.npos);
        CHECK(steps.find("TEMP B-TREE") == steps.npos);
    }
}
