// SPDX-License-Identifier: Apache-2.0
// A destination that is down, beside one that works: who is sent to, and what it costs.
#include "pair.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>

using namespace pair;
using msh::Breaker;
using queue::AdminState;
using queue::State;

namespace {

constexpr auto dead_participant = "0203:dead.example";

// A's view: B, and one more peer.
support::Side with_dead_peer(const support::Side& a)
{
    const auto& live = a.peer();
    auto dead = live;
    dead.name = "dead";
    dead.party_id = "AP0009-TEST";
    dead.url = "https://dead.example/as4";
    dead.participants = {dead_participant};
    return {
        a.party_id, a.identity, a.identity.signer(),
        pmode::PModes::make(a.party_id, {live, dead}).value(), support::Authority().trust()
    };
}

msh::Settings few_slots(base::Duration probe, base::Duration lease)
{
    msh::Settings settings;
    settings.scheduling = {
        .slots = 8,
        .peer_slots = 6,
        .first = 2,
        .failures = 3,
        .probe_delay = probe,
        .probe_max_delay = probe,
        .max_retry_after = 1h
    };
    settings.lease = lease;
    return settings;
}

// A sends to B, which works, and to "dead", of which a test says how it fails.
struct Trio {
    asio::io_context io{1};
    support::Exchange exchange;
    support::Side a_side = with_dead_peer(exchange.a);
    stepping::Clocks clocks; // of both
    AccessPoint a;
    AccessPoint b;
    std::function<asio::awaitable<Sent>(HttpBody)> dead;
    int at_dead = 0;     // requests that the dead peer got
    int now_at_dead = 0; // of them, those without an answer yet
    int max_at_dead = 0; // at once

    explicit Trio(
        base::Duration probe, pmode::Retry retry = quick,
        base::Duration lease = std::chrono::seconds(1)
    )
        : a(io, a_side, retry, clocks.step(few_slots(probe, lease))),
          b(io, exchange.b, retry, clocks.step({}))
    {
        dead = [](HttpBody) -> asio::awaitable<Sent> {
            co_return base::Error(http::errc::cannot_connect, "refused");
        };
        a.network = [this](HttpBody body) { return route(std::move(body)); };
        a.msh().start();
    }
    ~Trio()
    {
        const auto stop = [](AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(50ms);
    }
    asio::awaitable<Sent> route(HttpBody body)
    {
        if (!body.url.starts_with("https://dead.")) co_return co_await to_b(std::move(body));
        ++at_dead;
        max_at_dead = std::max(max_at_dead, ++now_at_dead);
        auto answer = co_await dead(std::move(body));
        --now_at_dead;
        co_return answer;
    }
    asio::awaitable<Sent> to_b(HttpBody body)
    {
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets), 1000);
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        http::ClientResponse response;
        response.status = answer.status;
        response.headers = answer.headers;
        response.body = std::move(answer.body);
        co_return response;
    }
    std::vector<std::string> submit(int count, const std::string& to)
    {
        std::vector<std::string> submitted;
        const auto caller = support::message_service("mt-a", {a.participant});
        for (int n = 0; n < count; ++n) {
            support::ScriptedRequest request(
                "POST", "/v1/messages", support::xhe(base::uuid(), a.participant, to), 4000
            );
            auto work = a.msh().submit(caller, request);
            submitted.push_back(
                support::wait_for<base::Result<msh::Submitted>>(io, std::move(work)).value().id
            );
        }
        return submitted;
    }
    queue::Message at_a(const std::string& id)
    {
        return a.queue().find(id, queue::Visibility::all()).value();
    }
    bool all(const std::vector<std::string>& ids, State state)
    {
        return support::run_until(io, [&] {
            return std::ranges::all_of(ids, [&](const std::string& id) {
                return at_a(id).summary.state == state;
            });
        });
    }
    int attempts(const std::vector<std::string>& ids)
    {
        int sum = 0;
        for (const auto& id : ids)
            sum += at_a(id).summary.attempts;
        return sum;
    }
    // How many of these a claim has taken, and that are not settled yet.
    std::ptrdiff_t running(const std::vector<std::string>& ids)
    {
        return std::ranges::count_if(ids, [&](const std::string& id) {
            return at_a(id).summary.state == State::sending;
        });
    }
    msh::Destination seen()
    {
        for (const auto& each : a.msh().destinations())
            if (each.peer == "dead") return each;
        throw std::runtime_error("no such destination");
    }
    bool opens()
    {
        return support::run_until(io, [&] {
            return seen().breaker == Breaker::open && seen().running == 0;
        });
    }
    void make_claim() { stepping::make_claim(io, a); }
};

} // namespace

TEST_CASE("beside a dead destination the messages of a live one are delivered", "[msh]")
{
    Trio trio(1h, {.first = 1ms, .longest = 4ms, .time_to_live = 24h});
    const auto lost = trio.submit(12, dead_participant);
    REQUIRE(trio.opens());
    const int tried = trio.at_dead;
    CHECK(tried <= 4); // three, and what ran beside the third
    const auto live = trio.submit(12, trio.b.participant);
    CHECK(trio.all(live, State::delivered));
    CHECK(trio.attempts(live) == 12);
    // An open breaker costs no attempt until the probe is due.
    const auto probe = trio.seen().not_before;
    REQUIRE(probe);
    trio.clocks.pass_until(*probe - 1min);
    trio.make_claim();
    CHECK(trio.at_dead == tried);
    CHECK(trio.running(lost) == 0);
    CHECK(trio.attempts(lost) == tried);
    CHECK(trio.seen().failures == static_cast<std::uint64_t>(tried));
    CHECK(trio.seen().last_failure.find("refused") != std::string::npos);
    trio.clocks.pass(2min);
    trio.make_claim();
    CHECK(support::run_until(trio.io, [&] { return trio.at_dead == tried + 1; }));
}

TEST_CASE("a destination that swallows what it is sent leaves places to others", "[msh]")
{
    Trio trio(1h);
    asio::steady_timer held(trio.io, asio::steady_timer::time_point::max());
    trio.dead = [&](HttpBody) -> asio::awaitable<Sent> {
        co_await held.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return base::Error(http::errc::timeout_after, "no answer");
    };
    trio.submit(12, dead_participant);
    REQUIRE(support::run_until(trio.io, [&] { return trio.at_dead > 0; }));
    const auto live = trio.submit(12, trio.b.participant);
    CHECK(trio.all(live, State::delivered));
    CHECK(trio.max_at_dead <= 6);
    held.expires_at(asio::steady_timer::time_point::min());
}

TEST_CASE(
    "a dead destination is probed one message at a time, and the queue flows when it is back",
    "[msh]"
)
{
    Trio trio(20ms);
    asio::steady_timer slow(trio.io);
    bool back = false;
    trio.dead = [&](HttpBody body) -> asio::awaitable<Sent> {
        slow.expires_after(5ms);
        if (!back) co_await slow.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!back) co_return base::Error(http::errc::cannot_connect, "refused");
        co_return co_await trio.to_b(std::move(body)); // whoever it is: the answer is no receipt
    };
    const auto waiting = trio.submit(6, dead_participant);
    REQUIRE(trio.opens());
    trio.max_at_dead = trio.now_at_dead;
    const int before = trio.at_dead;
    REQUIRE(support::run_until(trio.io, [&] { return trio.at_dead >= before + 5; }));
    CHECK(trio.max_at_dead == 1);
    back = true;
    CHECK(support::run_until(trio.io, [&] { return trio.seen().breaker == Breaker::closed; }));
    CHECK(support::run_until(trio.io, [&] {
        return std::ranges::all_of(waiting, [&](const std::string& id) {
            return trio.at_a(id).summary.attempts > 0;
        });
    }));
}

TEST_CASE(
    "a message whose time passes while nothing may go to its destination is expired",
    "[msh][AS4 3.2][TA15]"
)
{
    Trio trio(24h, {.first = 1ms, .longest = 1ms, .time_to_live = 1h});
    const bool paused = GENERATE(true, false);
    if (paused) {
        auto pause = trio.a.msh().set_admin_state("dead", AdminState::paused, "they move house");
        REQUIRE(support::wait_for<base::Result<>>(trio.io, std::move(pause)));
    } else {
        trio.submit(3, dead_participant);
        REQUIRE(trio.opens());
    }
    const auto waiting = trio.submit(70, dead_participant); // more than one sweep takes
    const int tried = trio.at_dead;
    trio.clocks.pass(1h);
    CHECK(trio.all(waiting, State::expired));
    CHECK(trio.at_dead == tried);
    CHECK(trio.attempts(waiting) == 0);
    CHECK(trio.at_a(waiting.front()).summary.last_error.find("EBMS:0301") == 0);
}

TEST_CASE("what waits for a peer that was removed is looked at now and then, no more", "[msh]")
{
    Trio trio(1h, quick, 10min); // whose own waits are milliseconds
    const auto id = stepping::add_witness(trio.a.queue());
    trio.make_claim();
    REQUIRE(trio.all({id}, State::deferred));
    CHECK(trio.at_a(id).events.size() == 3); // submitted, sending, deferred
    const auto next = trio.at_a(id).summary.next_try;
    REQUIRE(next);
    CHECK(*next > base::now() + 20s);
    trio.clocks.pass_until(*next - 10s);
    trio.make_claim();
    CHECK(trio.at_a(id).events.size() == 3);
    trio.clocks.pass(20s);
    trio.make_claim();
    CHECK(support::run_until(trio.io, [&] { return trio.at_a(id).events.size() == 5; }));
}

TEST_CASE("what a clock put far away before it was set back is sent all the same", "[msh]")
{
    Trio trio(1h); // no peer's waits are long
    queue::Outbound late;
    late.id = base::uuid();
    late.header.message_id = "late@a";
    late.header.peer = "removed";
    late.created = base::now() + 10min;
    late.expires = base::now() + 24h;
    const auto id = late.id;
    std::promise<void> kept;
    trio.a.queue().enqueue(std::move(late), [&](const auto&) { kept.set_value(); });
    kept.get_future().wait();
    REQUIRE(trio.all({id}, State::deferred));
    CHECK(trio.at_a(id).summary.next_try < base::now() + 10s);
}

TEST_CASE("a peer that asks for time is left alone until then", "[msh]")
{
    Trio trio(1h);
    trio.dead = [](HttpBody) -> asio::awaitable<Sent> {
        auto answer = html(503);
        answer->headers.set("Retry-After", "600");
        co_return answer;
    };
    const auto waiting = trio.submit(4, dead_participant);
    REQUIRE(support::run_until(trio.io, [&] { return trio.seen().not_before.has_value(); }));
    REQUIRE(support::run_until(trio.io, [&] { return trio.seen().running == 0; }));
    const auto until = *trio.seen().not_before;
    CHECK(until > base::now() + 9min);
    const int tried = trio.at_dead;
    CHECK(tried <= 2);
    trio.clocks.pass_until(until - 1min);
    trio.make_claim();
    CHECK(trio.running(waiting) == 0);
    CHECK(trio.attempts(waiting) == tried);
    CHECK(trio.at_dead == tried);
    trio.clocks.pass(2min);
    trio.make_claim();
    CHECK(support::run_until(trio.io, [&] { return trio.at_dead > tried; }));
}
