// SPDX-License-Identifier: Apache-2.0
// What becomes of one claimed message, whoever may hold it by the time its attempt is over.
#include "msh/send.hpp"

#include "pair.hpp"
#include "support/disk.hpp"

#include <atomic>
#include <cerrno>
#include <future>

using namespace pair;
using queue::State;

namespace {

// One message of A, claimed; A's own send loop never runs.
struct Claimed {
    asio::io_context io{1};
    support::Exchange exchange;
    AccessPoint a{io, exchange.a, quick};
    std::shared_ptr<msh::State> state =
        std::make_shared<msh::State>(io.get_executor(), msh::Settings(), a.parts());
    int arrived = 0;
    queue::Job job;

    Claimed()
    {
        a.network = [this](HttpBody) -> asio::awaitable<Sent> {
            ++arrived;
            co_return base::Error(http::errc::cannot_connect, "refused");
        };
        support::ScriptedRequest request(
            "POST", "/v1/messages",
            support::xhe(base::uuid(), a.participant, "0203:ap0002-test.example")
        );
        const auto caller = support::message_service("mt", {a.participant});
        auto submit = a.msh().submit(caller, request);
        REQUIRE(support::wait_for<base::Result<msh::Submitted>>(io, std::move(submit)));
        job = claim(base::now(), state->owner).at(0);
    }
    ~Claimed() { state->workers.join(); }
    std::vector<queue::Job> claim(base::Time now, const std::string& owner)
    {
        const queue::Queue::Claim wanted{.now = now, .lease_until = now + 30s, .owner = owner};
        std::promise<base::Result<std::vector<queue::Job>>> taken;
        a.queue().claim(wanted, [&](auto jobs) { taken.set_value(std::move(jobs)); });
        return taken.get_future().get().value();
    }
    msh::Scheduler::End send(msh::Scheduler::Permission permission)
    {
        return support::wait_for<msh::Scheduler::End>(io, msh::send(state, job, permission));
    }
    queue::Message now() { return a.queue().find(job.id, queue::Visibility::all()).value(); }
};

} // namespace

using msh::Scheduler;

TEST_CASE("the outcome of an attempt waits for room on a full disk", "[msh]")
{
    // Its first writes to the store's log find no room.
    class FullForAWhile final : public base::IoGate {
    public:
        base::IoVerdict before(const base::IoRequest& request) override
        {
            const bool log = request.path.ends_with("kurir.db-wal");
            if (!log || request.call != base::IoCall::write || left_-- <= 0) return {};
            return {.error = ENOSPC};
        }
        void after(const base::IoRequest&) override {}

    private:
        std::atomic<int> left_ = 2;
    };
    Claimed one;
    {
        FullForAWhile disk;
        const support::GateInPlace gate(disk);
        CHECK(one.send(Scheduler::Permission::granted).kind == Scheduler::End::Kind::failed);
    }
    CHECK(one.now().summary.state == State::deferred);
    CHECK(one.now().attempts.size() == 1);
    CHECK(one.arrived == 1);
}

TEST_CASE("what was claimed before its destination was closed to us is given back", "[msh]")
{
    Claimed one;
    const auto end = one.send(Scheduler::Permission::withheld);
    CHECK(end.kind == Scheduler::End::Kind::none);
    CHECK(one.arrived == 0);
    const auto message = one.now();
    CHECK(message.summary.state == State::deferred);
    CHECK(message.summary.next_try <= base::now());
    CHECK(message.summary.attempts == 0);
    CHECK(message.attempts.empty());
    CHECK(one.claim(base::now(), "another").size() == 1);
}

TEST_CASE("whoever lost the lease while his attempt ran settles nothing", "[msh]")
{
    Claimed one;
    REQUIRE(one.claim(base::now() + 1h, "another").size() == 1);
    one.send(Scheduler::Permission::granted);
    CHECK(one.arrived == 1);
    const auto message = one.now();
    CHECK(message.summary.state == State::sending);
    CHECK(message.events.back().detail == "another");
    REQUIRE(message.attempts.size() == 1);
    CHECK(message.attempts[0].error == "interrupted");
}

TEST_CASE("an attempt tells how its destination did", "[msh]")
{
    Claimed one;
    using Kind = Scheduler::End::Kind;
    SECTION("no connection: it failed")
    {
        const auto end = one.send(Scheduler::Permission::granted);
        CHECK(end.kind == Kind::failed);
        CHECK(end.failure.find("refused") != std::string::npos);
        CHECK_FALSE(end.retry_after);
    }
    SECTION("an answer, whatever it says: it works")
    {
        one.a.network = [](HttpBody) -> asio::awaitable<Sent> { co_return html(400); };
        CHECK(one.send(Scheduler::Permission::granted).kind == Kind::answered);
    }
    SECTION("trouble of our own says nothing of it")
    {
        one.a.network = [](HttpBody) -> asio::awaitable<Sent> {
            co_return base::Error(http::errc::source_failed, "our disk");
        };
        CHECK(one.send(Scheduler::Permission::granted).kind == Kind::none);
    }
    SECTION("it asks for time")
    {
        one.a.network = [](HttpBody) -> asio::awaitable<Sent> {
            auto answer = html(503);
            answer->headers.set("Retry-After", "60");
            co_return answer;
        };
        const auto end = one.send(Scheduler::Permission::granted);
        CHECK(end.kind == Kind::failed);
        CHECK(end.retry_after == 60s);
    }
    SECTION("a time after a success is nothing to wait for")
    {
        one.a.network = [](HttpBody) -> asio::awaitable<Sent> {
            auto answer = html(200);
            answer->headers.set("Retry-After", "60");
            co_return answer;
        };
        CHECK_FALSE(one.send(Scheduler::Permission::granted).retry_after);
    }
}
