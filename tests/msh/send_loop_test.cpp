// SPDX-License-Identifier: Apache-2.0
// The send loop by itself: what it does when nothing can go out, when leases lapse under it, and
// when it has to end.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "queue/sqlite.hpp"
#include "support/access_point.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <catch2/catch.hpp>

#include <future>

using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;
using Sent = base::Result<http::ClientResponse>;

// An access point before a network that gives no answer until the test lets it.
struct Sender {
    asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint a;
    asio::steady_timer held{io, asio::steady_timer::time_point::max()};
    int arrived = 0;
    int under_way = 0;
    int max_under_way = 0;

    explicit Sender(msh::Settings settings = {})
        : a(io, exchange.a, {.first = 1h, .longest = 1h, .time_to_live = 2h}, std::move(settings))
    {
        a.network = [this](support::HttpBody) { return hold(); };
        a.msh().start();
    }
    ~Sender()
    {
        held.expires_at(asio::steady_timer::time_point::min());
        stop();
        io.restart();
        io.run_for(50ms);
    }
    asio::awaitable<Sent> hold()
    {
        ++arrived;
        max_under_way = std::max(max_under_way, ++under_way);
        co_await held.async_wait(asio::as_tuple(asio::use_awaitable));
        --under_way;
        co_return base::Error(http::errc::broken_after);
    }
    std::string submit()
    {
        const auto caller = support::message_service("mt", {a.participant});
        support::ScriptedRequest request(
            "POST", "/v1/messages",
            support::xhe(base::uuid(), a.participant, "0203:ap0002-test.example")
        );
        return support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request))
            .value()
            .id;
    }
    void stop()
    {
        const auto work = [](msh::Msh& msh) -> asio::awaitable<bool> {
            co_await msh.stop(5s);
            co_return true;
        };
        support::wait_for<bool>(io, work(a.msh()));
    }
    // How busy the loop is with nothing to do.
    std::size_t steps_in(std::chrono::milliseconds time)
    {
        io.restart();
        return io.run_for(time);
    }
    queue::Message at_a(const std::string& id)
    {
        return a.queue().find(id, queue::Visibility::all()).value();
    }
};

} // namespace

TEST_CASE("with every place taken the send loop rests until one is free", "[msh]")
{
    msh::Settings one_slot;
    one_slot.scheduling.slots = 1;
    Sender sender(one_slot);
    sender.submit();
    sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.arrived == 1; }));
    CHECK(sender.steps_in(200ms) < 40);
    sender.held.expires_at(asio::steady_timer::time_point::min());
    REQUIRE(support::run_until(sender.io, [&] { return sender.arrived == 2; }));
    CHECK(sender.max_under_way == 1);
}

TEST_CASE("a claim that fails is not repeated at once", "[msh]")
{
    Sender sender;
    auto other = queue::Connection::open(
        sender.a.folder() / "kurir.db", queue::Connection::Access::read_write
    );
    REQUIRE(other->script(
        "CREATE TRIGGER full BEFORE UPDATE ON message BEGIN SELECT RAISE(ABORT, 'no room'); END;"
    ));
    sender.submit();
    CHECK(sender.steps_in(200ms) < 40);
    CHECK(sender.arrived == 0);
    REQUIRE(other->script("DROP TRIGGER full;"));
    CHECK(support::run_until(sender.io, [&] { return sender.arrived == 1; }));
}

TEST_CASE("a lease that lapses under a running exchange does not start a second one", "[msh]")
{
    Sender sender;
    const auto id = sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.arrived == 1; }));
    const auto owner = sender.at_a(id).events.back().detail;
    std::promise<bool> lapsed; // as when the clock is set forward; the writer's thread says so
    sender.a.queue().renew({id}, owner, base::now() - 1h, [&](const auto& lost) {
        lapsed.set_value(lost && lost->empty());
    });
    CHECK(lapsed.get_future().get());
    sender.submit(); // wakes the loop
    REQUIRE(support::run_until(sender.io, [&] { return sender.arrived == 2; }));
    sender.steps_in(50ms);
    CHECK(sender.arrived == 2);
    CHECK(sender.at_a(id).attempts.empty());
}

TEST_CASE(
    "the lease of an exchange that runs is renewed before it ends, also while stopping", "[msh]"
)
{
    msh::Settings settings;
    settings.lease = 1500ms;
    Sender sender(settings);
    sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.arrived == 1; }));
    const auto begin = base::now();
    const auto lease_end = [&] { return sender.a.queue().next_due(begin).value().value(); };
    const auto renewed = [&] {
        const auto end = lease_end();
        return support::run_until(sender.io, [&] { return lease_end() > end; }) &&
               base::now() < end;
    };
    CHECK(renewed());
    bool stopped = false;
    const auto stop = [&]() -> asio::awaitable<void> {
        co_await sender.a.msh().stop(20s);
        stopped = true;
    };
    asio::co_spawn(sender.io, stop(), asio::detached);
    CHECK(renewed());
    CHECK(renewed()); // the first may have been begun before
    CHECK_FALSE(stopped);
    sender.held.expires_at(asio::steady_timer::time_point::min());
    CHECK(support::run_until(sender.io, [&] { return stopped; }));
}

TEST_CASE("a stop waits for what is just being claimed", "[msh]")
{
    Sender sender;
    sender.a.network = [](support::HttpBody) -> asio::awaitable<Sent> {
        co_return base::Error(http::errc::cannot_connect);
    };
    const auto id = sender.submit(); // the loop is awake now
    sender.stop();
    sender.io.restart();
    sender.io.poll();
    sender.a.restart(); // what was begun is written
    CHECK(sender.at_a(id).summary.state != queue::State::sending);
}
