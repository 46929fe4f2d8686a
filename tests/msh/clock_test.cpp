// SPDX-License-Identifier: Apache-2.0
#include "msh/clock.hpp"

#include "pair.hpp"
#include "support/held_request.hpp"

#include <boost/asio/steady_timer.hpp>

using namespace pair;

namespace {

constexpr base::Duration ages = 24h * 36500;
const base::Time start = base::from_millis(1'700'000'000'000);
using Kind = msh::Clock::Transition::Kind;

// A clock that ran for `uptime`, and is `ahead` of that.
msh::Reading reading(base::Duration uptime, base::Duration ahead = {})
{
    return {.wall = start + uptime + ahead, .uptime = 5h + uptime};
}

msh::Clock started()
{
    return msh::Clock(reading(0s));
}

} // namespace

TEST_CASE("a clock that runs with the uptime is believed, small steps too", "[msh]")
{
    auto clock = started();
    for (const auto ahead : {0s, 59s, -59s}) {
        const auto now = reading(240h, ahead);
        CHECK_FALSE(clock.look(now));
        CHECK(clock.moment(now).wall == now.wall);
        CHECK(clock.moment(now).believed == now.wall);
        CHECK(clock.moment(now).latest == now.wall);
    }
    CHECK_FALSE(clock.jumped());
}

TEST_CASE("what jumps ahead is not believed, and is told once", "[msh]")
{
    auto clock = started();
    const auto jumped = clock.look(reading(10min, 24h));
    REQUIRE(jumped);
    CHECK(jumped->kind == Kind::jumped);
    CHECK(jumped->by == 24h);
    const auto later = reading(20min, 24h);
    CHECK_FALSE(clock.look(later));
    CHECK(clock.jumped() == base::Duration(24h));
    CHECK(clock.moment(later).wall == later.wall);
    CHECK(clock.moment(later).believed == start + 20min + msh::Clock::tolerated);
    CHECK(clock.moment(later).latest == later.wall);

    CHECK(clock.look(reading(30min))->kind == Kind::mended);
    CHECK_FALSE(clock.jumped());
    CHECK(clock.moment(reading(30min)).believed == start + 30min);
}

TEST_CASE("a clock set back is followed, and what begins then lives no shorter for it", "[msh]")
{
    auto clock = started();
    const auto back = reading(10min, -24h);
    CHECK(clock.look(back)->by == -24h);
    CHECK(clock.moment(back).believed == back.wall);
    CHECK(clock.moment(back).latest == start + 10min);
}

TEST_CASE("a jump is believed when it has stood for a day, whichever way it went", "[msh]")
{
    const auto by = GENERATE(base::Duration(72h), base::Duration(-72h));
    auto clock = started();
    REQUIRE(clock.look(reading(1h, by)));
    CHECK_FALSE(clock.look(reading(25h - 1ms, by)));
    CHECK(clock.look(reading(25h, by))->kind == Kind::believed);
    CHECK_FALSE(clock.jumped());
    const auto now = reading(30h, by);
    CHECK_FALSE(clock.look(now));
    CHECK(clock.moment(now).believed == now.wall);
    CHECK(clock.look(reading(31h))->by == -by); // from there on what it was before is the jump
}

TEST_CASE("small steps, hours apart, never add up to a jump", "[msh]")
{
    const auto each = GENERATE(50s, -50s);
    auto clock = started();
    for (int hour = 1; hour <= 72; ++hour) {
        const auto now = reading(1h * hour, each * hour);
        CHECK_FALSE(clock.look(now));
        CHECK(clock.moment(now).believed == now.wall);
    }
    // At once they are one.
    CHECK(clock.look(reading(72h + 1min, each * 74)));
}

TEST_CASE("a clock that goes on jumping has not stood", "[msh]")
{
    auto clock = started();
    REQUIRE(clock.look(reading(1h, 24h)));
    REQUIRE(clock.look(reading(20h, 48h)));
    CHECK_FALSE(clock.look(reading(26h, 48h)));
    CHECK(clock.jumped() == base::Duration(48h));
    CHECK(clock.look(reading(44h, 48h))->kind == Kind::believed);
}

TEST_CASE("the uptime goes on", "[msh]")
{
    const auto first = msh::read_clocks();
    const auto second = msh::read_clocks();
    CHECK(first.uptime > 0s);
    CHECK(second.uptime >= first.uptime);
}

namespace {

// Two access points, whose clocks can be set.
struct Jumping {
    explicit Jumping(pmode::Retry retry = quick)
        : pair(retry, with_clock(b_ahead), with_clock(a_ahead))
    {
    }
    static msh::Settings with_clock(const base::Duration& ahead)
    {
        msh::Settings settings;
        settings.scheduling.probe_delay = 1ms;
        settings.scheduling.probe_max_delay = 4ms;
        settings.scheduling.max_retry_after = 4ms;
        settings.clocks = [&ahead] {
            auto now = msh::read_clocks();
            now.wall += ahead;
            return now;
        };
        return settings;
    }
    std::string submit() { return pair.submit(pair.document())->id; }
    bool arrives(int messages)
    {
        return support::run_until(pair.io, [&] { return pair.arrived == messages; });
    }
    void refuse_all()
    {
        pair.a.network = [this](HttpBody) -> asio::awaitable<Sent> {
            ++pair.arrived;
            co_return html(503);
        };
    }

    base::Duration a_ahead{};
    base::Duration b_ahead{};
    Pair pair;
};

} // namespace

TEST_CASE("a clock that jumps a day ahead ends no message that waits", "[msh]")
{
    Jumping at;
    at.refuse_all();
    const auto waiting = at.submit();
    REQUIRE(at.arrives(2));
    at.a_ahead = 24h;
    REQUIRE(at.arrives(5));
    CHECK(at.pair.a.msh().clock_jumped());
    CHECK(at.pair.at_a(waiting).expires < base::now() + 2h);
    // What is submitted meanwhile goes out too, and is recorded by the wall clock.
    at.pair.a.network = [&](HttpBody body) { return at.pair.to_b(std::move(body)); };
    const auto fresh = at.submit();
    CHECK(at.pair.reaches(fresh, queue::State::delivered));
    CHECK(at.pair.reaches(waiting, queue::State::delivered));
    const auto kept = at.pair.at_a(fresh);
    CHECK(kept.summary.created > base::now() + 23h);
    for (const auto& event : kept.events)
        CHECK(event.at > base::now() + 23h);
}

TEST_CASE("a clock that jumps ahead makes no attempt due before its time", "[msh]")
{
    Jumping at({.first = 1h, .longest = 1h, .jitter = 0, .time_to_live = 48h});
    at.refuse_all();
    const auto waiting = at.submit();
    REQUIRE(at.pair.reaches(waiting, queue::State::deferred));
    at.a_ahead = 1h;
    at.pair.make_claim();
    CHECK(stepping::is_deferred_after(1, at.pair.at_a(waiting)));
    const auto fresh = at.submit(); // goes out at once
    REQUIRE(at.pair.reaches(fresh, queue::State::deferred));
    // The jump has brought the due times closer by the minute that is tolerated.
    at.pair.clocks.pass(1h - msh::Clock::tolerated - 1min);
    at.pair.make_claim();
    CHECK(stepping::is_deferred_after(1, at.pair.at_a(waiting)));
    CHECK(stepping::is_deferred_after(1, at.pair.at_a(fresh)));
    CHECK(at.pair.arrived == 2);
    at.pair.clocks.pass(3min);
    at.pair.make_claim();
    CHECK(at.arrives(4));
}

TEST_CASE("what is submitted by a clock set back lives as long as any other", "[msh]")
{
    Jumping at;
    at.refuse_all();
    at.a_ahead = -24h;
    const auto id = at.submit();
    CHECK(at.pair.at_a(id).summary.created < base::now() - 23h);
    CHECK(at.pair.at_a(id).expires > base::now() + 50min);
}

TEST_CASE("what the time speaks against is refused for now while the clock is wrong", "[msh]")
{
    Jumping at;
    at.b_ahead = 24h * 31; // timestamps of now are too old, and certificates may have ended
    const auto id = at.submit();
    REQUIRE(at.arrives(2));
    CHECK(at.pair.at_a(id).attempts.at(0).http_status == 503);
    CHECK_FALSE(queue::is_final(at.pair.at_a(id).summary.state));
    at.b_ahead = {};
    CHECK(at.pair.reaches(id, queue::State::delivered));
}

TEST_CASE("a lease of an inbox item lasts as long as was said, whatever the clock does", "[msh]")
{
    Jumping at;
    const auto id = at.submit();
    REQUIRE(at.pair.reaches(id, queue::State::delivered));
    at.b_ahead = 1h;
    const auto leased = at.pair.lease();
    REQUIRE(leased.size() == 1);
    CHECK(leased.front().lease_until > base::now() + 1h); // by the clock that clients see
    at.b_ahead = 24h;
    CHECK(at.pair.lease().empty());
}

TEST_CASE("a clock that jumped uses up no attempts, whatever looks expired by it", "[msh]")
{
    Jumping at({.first = 1ms, .longest = 4ms, .attempts = 2, .time_to_live = 1h});
    at.pair.a.network = [&](HttpBody body) {
        if (at.pair.arrived == 0) at.a_ahead = ages; // the certificates of today have ended
        return at.pair.to_b(std::move(body));
    };
    const auto id = at.submit();
    REQUIRE(at.arrives(5));
    const auto waiting = at.pair.at_a(id);
    CHECK_FALSE(queue::is_final(waiting.summary.state));
    CHECK(waiting.summary.attempts == 0);
    CHECK(
        waiting.summary.last_error.find("not counted: the clock is in doubt") != std::string::npos
    );
    at.a_ahead = {};
    CHECK(at.pair.reaches(id, queue::State::delivered));
    CHECK(at.pair.at_a(id).summary.attempts == 1);
}

TEST_CASE("by a clock that jumped further than peers accept nothing is signed", "[msh]")
{
    Jumping at;
    at.refuse_all();
    at.a_ahead = 23h;
    CHECK(at.pair.submit(at.pair.document()));
    at.a_ahead = GENERATE(base::Duration(72h), base::Duration(-72h));
    const auto in_doubt = msh::errc::clock_in_doubt;
    // It is not even read.
    CHECK(at.pair.submit("no document").error().code == in_doubt);
    support::ScriptedRequest form("POST", "/v1/messages", "no form");
    const auto caller = support::message_service("mt-a", {at.pair.a.participant});
    const msh::ReadDescription unread;
    auto submit = at.pair.a.msh().submit_form(caller, form, unread);
    const auto refused =
        support::wait_for<base::Result<msh::Submitted>>(at.pair.io, std::move(submit));
    CHECK(refused.error().code == in_doubt);
    CHECK(at.pair.a.queue().list({.visibility = queue::Visibility::all()})->size() == 1);
}

TEST_CASE("nothing is signed by a clock that jumps while the document arrives", "[msh]")
{
    Jumping at;
    const HttpBody document{"application/xml", at.pair.document()};
    support::HeldRequest request(at.pair.io, document, 20);
    const auto caller = support::message_service("mt-a", {at.pair.a.participant});
    std::optional<base::Result<msh::Submitted>> answer;
    const auto done = [&](std::exception_ptr, base::Result<msh::Submitted> given) {
        answer.emplace(std::move(given));
    };
    asio::co_spawn(at.pair.io, at.pair.a.msh().submit(caller, request, std::nullopt), done);
    REQUIRE(support::run_until(at.pair.io, [&] { return request.waits(); }));
    at.a_ahead = 72h;
    request.release(true);
    REQUIRE(support::run_until(at.pair.io, [&] { return answer.has_value(); }));
    CHECK(answer->error().code == msh::errc::clock_in_doubt);
}
