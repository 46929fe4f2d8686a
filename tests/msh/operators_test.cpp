// SPDX-License-Identifier: Apache-2.0
// What operators decide, between two access points: pause, drain, resume, flush; and how long a
// submission asks to be tried.
#include "pair.hpp"

#include "queue/sqlite.hpp"

#include <future>

using namespace pair;
using queue::AdminState;
using queue::State;

namespace {

const pmode::Retry patient{.first = 1h, .longest = 1h, .time_to_live = 24h};

std::string peer_of(AccessPoint& side)
{
    return side.msh().pmodes().peers().front().name;
}

base::Result<> decide(
    Pair& pair, AccessPoint& side, const std::string& peer, AdminState admin_state, std::string why
)
{
    return support::wait_for<base::Result<>>(
        pair.io, side.msh().set_admin_state(peer, admin_state, std::move(why))
    );
}

base::Result<std::size_t> flush(Pair& pair, const std::string& peer)
{
    return support::wait_for<base::Result<std::size_t>>(pair.io, pair.a.msh().flush(peer));
}

base::Result<msh::Submitted>
submit_for(Pair& pair, base::Duration time, const std::string& document)
{
    const auto caller = support::message_service("mt-a", {pair.a.participant});
    support::ScriptedRequest request("POST", "/v1/messages", document, 4000);
    return support::wait_for<base::Result<msh::Submitted>>(
        pair.io, pair.a.msh().submit(caller, request, time)
    );
}

// A, before a restart.
void stop(Pair& pair)
{
    const auto work = [](AccessPoint& side) -> asio::awaitable<bool> {
        co_await side.msh().stop(1s);
        co_return true;
    };
    support::wait_for<bool>(pair.io, work(pair.a));
    pair.io.restart();
    pair.io.run_for(50ms); // its loops end
}

} // namespace

TEST_CASE("a paused destination keeps what is submitted until it is resumed", "[msh]")
{
    Pair pair;
    const bool all = GENERATE(false, true);
    const auto peer = all ? std::string() : peer_of(pair.a);
    REQUIRE(decide(pair, pair.a, peer, AdminState::paused, "their upgrade"));
    const auto seen = pair.a.msh().destinations().front();
    CHECK(seen.admin_state == AdminState::paused);
    CHECK(seen.reason == "their upgrade");
    const auto taken = pair.submit(pair.document());
    REQUIRE(taken);
    pair.make_claim();
    CHECK(stepping::is_untouched(pair.at_a(taken->id)));
    pair.clocks.pass(30min); // of the hour that it may live
    pair.make_claim();
    CHECK(stepping::is_untouched(pair.at_a(taken->id)));
    CHECK(pair.arrived == 0);

    REQUIRE(decide(pair, pair.a, peer, AdminState::open, ""));
    CHECK(pair.reaches(taken->id, State::delivered));
}

TEST_CASE("a pause holds over a restart", "[msh]")
{
    Pair pair;
    REQUIRE(decide(pair, pair.a, peer_of(pair.a), AdminState::paused, "why"));
    const auto taken = pair.submit(pair.document());
    stop(pair);
    pair.a.restart();
    pair.a.msh().start();
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::paused);
    CHECK(pair.a.msh().destinations().front().reason == "why");
    pair.make_claim();
    CHECK(stepping::is_untouched(pair.at_a(taken->id)));
    CHECK(pair.arrived == 0);
    REQUIRE(decide(pair, pair.a, peer_of(pair.a), AdminState::open, ""));
    CHECK(pair.reaches(taken->id, State::delivered));
}

TEST_CASE("with admin_states that cannot be read nothing is sent until somebody says so", "[msh]")
{
    Pair pair;
    REQUIRE(decide(pair, pair.a, peer_of(pair.a), AdminState::paused, "why"));
    const auto taken = pair.submit(pair.document());
    stop(pair);
    auto raw = queue::Connection::open(
        pair.a.folder() / "kurir.db", queue::Connection::Access::read_write
    );
    REQUIRE(raw->run("UPDATE destination SET standing = 'resting'"));
    pair.a.restart();
    const auto witness = stepping::add_witness(pair.a.queue());
    pair.a.msh().start(); // which makes a claim
    stepping::wait_for_claim(pair.io, pair.a, witness);
    CHECK(stepping::is_untouched(pair.at_a(taken->id)));
    CHECK(pair.arrived == 0);
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::paused);
    REQUIRE(decide(pair, pair.a, "", AdminState::open, ""));
    CHECK(pair.reaches(taken->id, State::delivered));
}

TEST_CASE("a decision that could not be kept does not hold, and its operator is told", "[msh]")
{
    Pair pair;
    auto raw = queue::Connection::open(
        pair.a.folder() / "kurir.db", queue::Connection::Access::read_write
    );
    REQUIRE(raw->script("CREATE TRIGGER full BEFORE INSERT ON destination"
                        " BEGIN SELECT RAISE(ABORT, 'no room'); END;"));
    CHECK_FALSE(decide(pair, pair.a, "", AdminState::drained, "why"));
    CHECK_FALSE(decide(pair, pair.a, peer_of(pair.a), AdminState::paused, "why"));
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::open);
    CHECK(pair.a.msh().takes_more());
    CHECK(pair.reaches(pair.submit(pair.document())->id, State::delivered));
}

TEST_CASE("a drained destination gets what is queued, and nothing more is taken for it", "[msh]")
{
    Pair pair;
    REQUIRE(decide(pair, pair.a, "", AdminState::paused, ""));
    const auto queued = pair.submit(pair.document());
    REQUIRE(decide(pair, pair.a, peer_of(pair.a), AdminState::drained, ""));
    REQUIRE(decide(pair, pair.a, "", AdminState::open, ""));
    const auto refused = pair.submit(pair.document());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == msh::errc::drained);
    CHECK(pair.reaches(queued->id, State::delivered));
    CHECK(pair.a.msh().takes_more()); // for others
    CHECK(pair.a.queue().list({.visibility = queue::Visibility::all()})->size() == 1);

    REQUIRE(decide(pair, pair.a, peer_of(pair.a), AdminState::open, ""));
    CHECK(pair.submit(pair.document()));
}

TEST_CASE("all drained: no submission and no message is taken, and sending goes on", "[msh]")
{
    Pair pair(patient);
    REQUIRE(decide(pair, pair.b, "", AdminState::drained, "moving"));
    CHECK_FALSE(pair.b.msh().takes_more());
    const auto taken = pair.submit(pair.document());
    REQUIRE(pair.reaches(taken->id, State::deferred));
    const auto attempt = pair.at_a(taken->id).attempts.front();
    CHECK(attempt.http_status == 503);
    CHECK(pair.b.queue().list({.visibility = queue::Visibility::all()})->empty());
    CHECK(pair.b.msh().pressure().refusals()[static_cast<std::size_t>(msh::Shortage::drained)] > 0);

    // A, drained itself, goes on with what it has.
    REQUIRE(decide(pair, pair.a, "", AdminState::drained, ""));
    const auto refused = pair.submit(pair.document());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == msh::errc::drained);
    REQUIRE(decide(pair, pair.b, "", AdminState::open, ""));
    REQUIRE(flush(pair, ""));
    CHECK(pair.reaches(taken->id, State::delivered));
}

TEST_CASE("a flush tries now what would wait, whoever asked for time", "[msh]")
{
    Pair pair(patient);
    bool up = false;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (up) return pair.to_b(std::move(body));
        return [](int status) -> asio::awaitable<Sent> {
            auto answer = html(status);
            answer->headers.set("Retry-After", "3000");
            co_return answer;
        }(503);
    };
    std::vector<std::string> ids;
    ids.push_back(pair.submit(pair.document())->id);
    REQUIRE(pair.reaches(ids.front(), State::deferred));
    for (int i = 0; i < 2; ++i)
        ids.push_back(pair.submit(pair.document())->id);
    up = true;
    pair.make_claim();
    CHECK(stepping::is_deferred_after(1, pair.at_a(ids.at(0))));
    CHECK(stepping::is_untouched(pair.at_a(ids.at(1))));
    CHECK(stepping::is_untouched(pair.at_a(ids.at(2))));
    CHECK(pair.arrived == 0);
    const auto brought = flush(pair, peer_of(pair.a));
    REQUIRE(brought);
    CHECK(*brought >= 1);
    for (const auto& id : ids)
        CHECK(pair.reaches(id, State::delivered));
    CHECK(*flush(pair, peer_of(pair.a)) == 0);
}

TEST_CASE("only a [[peer]] can be paused or flushed", "[msh]")
{
    Pair pair;
    const auto none = decide(pair, pair.a, "nobody", AdminState::paused, "");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == msh::errc::no_such_peer);
    CHECK(pair.a.queue().admin_states()->empty());
    CHECK(
        decide(pair, pair.a, "nobody", AdminState::open, "").error().code == msh::errc::no_such_peer
    );
    REQUIRE_FALSE(flush(pair, "nobody"));
    CHECK(flush(pair, "nobody").error().code == msh::errc::no_such_peer);
}

TEST_CASE("what was decided about a peer that was removed since can be ended", "[msh]")
{
    Pair pair;
    std::promise<void> kept;
    pair.a.queue().set_admin_state(
        {.peer = "removed", .admin_state = AdminState::paused, .since = base::now(), .reason = ""},
        [&](const auto&) { kept.set_value(); }
    );
    kept.get_future().wait();
    CHECK(decide(pair, pair.a, "removed", AdminState::open, ""));
    CHECK(pair.a.queue().admin_states()->empty());
}

TEST_CASE("a submission may ask for a shorter time to live, and for no longer one", "[msh]")
{
    Pair pair(patient);
    REQUIRE(decide(pair, pair.a, "", AdminState::paused, ""));
    const auto id = base::uuid();
    const auto brief = submit_for(pair, 2h, pair.document("<a/>", id));
    REQUIRE(brief);
    auto kept = pair.at_a(brief->id);
    CHECK(kept.expires == kept.summary.created + 2h);
    // A repeat is the same submission, and changes nothing.
    const auto again = submit_for(pair, 1h, pair.document("<a/>", id));
    REQUIRE(again);
    CHECK(again->existed);
    CHECK(pair.at_a(brief->id).expires == kept.expires);

    const auto whole = submit_for(pair, 24h, pair.document());
    kept = pair.at_a(whole->id);
    CHECK(kept.expires == kept.summary.created + 24h);
    kept = pair.at_a(pair.submit(pair.document())->id);
    CHECK(kept.expires == kept.summary.created + 24h);

    const auto longer = submit_for(pair, 24h + 1ms, pair.document());
    REQUIRE_FALSE(longer);
    CHECK(longer.error().code == msh::errc::bad_value);
    CHECK(longer.error().detail.find("time_to_live is longer than the 1d") == 0);
}

TEST_CASE("a message whose short time is over is expired with EBMS:0301", "[msh][AS4 3.2][TA15]")
{
    Pair pair(patient);
    pair.a.network = [](HttpBody) -> asio::awaitable<Sent> {
        co_return base::Error(http::errc::cannot_connect);
    };
    const auto taken = submit_for(pair, 1min, pair.document());
    REQUIRE(pair.reaches(taken->id, State::expired)); // the next try would come too late
    CHECK(pair.at_a(taken->id).summary.last_error.find("EBMS:0301 MissingReceipt") == 0);
}

TEST_CASE("with its attempts made a message is expired, and none is made after", "[msh][TA15]")
{
    Pair pair({.first = 1ms, .longest = 1ms, .attempts = 3, .time_to_live = 24h});
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        ++pair.arrived;
        co_return html(200);
    };
    const auto taken = pair.submit(pair.document());
    REQUIRE(pair.reaches(taken->id, State::expired));
    CHECK(pair.at_a(taken->id).attempts.size() == 3);
    const auto events = pair.at_a(taken->id).events.size();
    pair.clocks.pass(12h);
    pair.make_claim();
    CHECK(pair.at_a(taken->id).events.size() == events);
    CHECK(pair.arrived == 3);
    pair.clocks.pass(24h); // its time to live is over
    pair.make_claim();
    CHECK(pair.at_a(taken->id).events.size() == events);
    CHECK(pair.arrived == 3);
}

TEST_CASE("resuming all gives a peer back what was decided about it and could not be read", "[msh]")
{
    Pair pair;
    const auto peer = peer_of(pair.a);
    REQUIRE(decide(pair, pair.a, peer, AdminState::drained, "its key leaked"));
    stop(pair);
    auto raw = queue::Connection::open(
        pair.a.folder() / "kurir.db", queue::Connection::Access::read_write
    );
    REQUIRE(raw->run("INSERT INTO destination VALUES ('other', 'resting', 0, '')"));
    pair.a.restart();
    pair.a.msh().start();
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::paused);

    // Draining sends what is queued: not before it is known to whom. The unreadable row stays.
    CHECK_FALSE(decide(pair, pair.a, "", AdminState::drained, ""));
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::paused);

    REQUIRE(decide(pair, pair.a, "", AdminState::open, ""));
    const auto seen = pair.a.msh().destinations().front();
    CHECK(seen.admin_state == AdminState::drained);
    CHECK(seen.reason == "its key leaked");
    CHECK(pair.a.msh().takes_more());
    REQUIRE(decide(pair, pair.a, peer, AdminState::open, ""));
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::open);
}

TEST_CASE("resuming all opens nothing while admin_states cannot be read", "[msh]")
{
    Pair pair;
    stop(pair);
    auto raw = queue::Connection::open(
        pair.a.folder() / "kurir.db", queue::Connection::Access::read_write
    );
    REQUIRE(raw->run("INSERT INTO destination VALUES ('other', 'resting', 0, '')"));
    REQUIRE(raw->script("CREATE TRIGGER stays BEFORE DELETE ON destination"
                        " BEGIN SELECT RAISE(IGNORE); END;"));
    pair.a.restart();
    pair.a.msh().start();
    CHECK_FALSE(decide(pair, pair.a, "", AdminState::open, ""));
    CHECK(pair.a.msh().destinations().front().admin_state == AdminState::paused);
}
