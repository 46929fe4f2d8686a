// SPDX-License-Identifier: Apache-2.0
// Signed wsu:Timestamps between two access points: when a message is signed again, which receipts
// count, and what happens to a message that comes too late.
#include "pair.hpp"

#include "msh/judge.hpp"

#include <algorithm>
#include <future>

using namespace pair;
using queue::State;

namespace {

support::Terms stamping(pmode::ReplyPattern reply)
{
    support::Terms terms;
    terms.pmode.timestamp.sent = true;
    terms.pmode.timestamp.required = true;
    terms.pmode.receipt_reply = reply;
    return terms;
}

// Two access points under a P-Mode with Timestamps. Time passes for both as the test says. What the
// network writes to is declared before them: while they stop, a retry may still go out.
struct Stamped {
    explicit Stamped(
        pmode::Retry retry = quick, pmode::ReplyPattern reply = pmode::ReplyPattern::response,
        base::Duration a_wrong = {}
    )
        : a_ahead(a_wrong),
          pair(retry, with_clock(b_ahead), with_clock(a_ahead), support::Exchange(stamping(reply)))
    {
    }
    msh::Settings with_clock(const base::Duration& ahead)
    {
        msh::Settings settings;
        settings.scheduling.probe_delay = 1ms;
        settings.scheduling.probe_max_delay = 4ms;
        settings.scheduling.max_retry_after = 4ms;
        settings.clocks = [this, &ahead] {
            auto now = msh::read_clocks();
            now.wall += passed + ahead;
            now.uptime += passed;
            return now;
        };
        return settings;
    }
    // Created of the Timestamp in a body that A sent.
    static std::string created(const HttpBody& body)
    {
        const auto begin = body.octets.find("<wsu:Created>");
        REQUIRE(begin != base::Bytes::npos);
        return body.octets.substr(begin + 13, 24);
    }
    std::string submit() { return pair.submit(pair.document()).value().id; }
    std::vector<base::Bytes> forms(const std::string& id)
    {
        return pair.a.queue().forms(id).value();
    }
    std::string last_event(const std::string& id) { return pair.at_a(id).events.back().detail; }

    base::Duration passed{};
    base::Duration a_ahead; // of the uptime: a jump, unless it was so at the start
    base::Duration b_ahead{};
    Pair pair;
};

http::Response receive(Pair& pair, HttpBody body)
{
    support::ScriptedRequest request("POST", "/as4", std::move(body.octets), 1000);
    request.fields.set("Content-Type", body.content_type);
    return support::wait_for<http::Response>(pair.io, pair.b.msh().receive(request));
}

} // namespace

TEST_CASE("a retry after more than a minute is signed again, and that is committed", "[msh]")
{
    std::vector<std::string> times;
    std::vector<std::size_t> kept; // forms in the store when the octets leave
    std::string id;
    Stamped at;
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        times.push_back(Stamped::created(body));
        const auto messages =
            at.pair.a.queue().list({.visibility = queue::Visibility::all()}).value();
        kept.push_back(at.forms(messages.front().id).size());
        if (times.size() < 5) {
            at.passed += times.size() == 2 ? 30s : 2min;
            co_return html(503);
        }
        auto answer = co_await at.pair.to_b(std::move(body));
        co_return answer;
    };
    id = at.submit();
    REQUIRE(at.pair.reaches(id, State::delivered));
    REQUIRE(times.size() == 5);
    CHECK(times[1] != times[0]);
    CHECK(times[2] == times[1]); // 30 seconds later
    CHECK(times[3] != times[2]);
    CHECK(times[4] != times[3]);
    CHECK(kept == std::vector<std::size_t>{0, 1, 1, 2, 3});
    CHECK(at.last_event(id).find(times[4]) != std::string::npos);
    CHECK(at.pair.lease().size() == 1);
}

TEST_CASE("a receipt for a form that went out before proves delivery", "[msh]")
{
    std::string first;
    std::optional<Sent> late;
    Stamped at;
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (first.empty()) {
            first = Stamped::created(body);
            auto answer = co_await at.pair.to_b(std::move(body));
            late = std::move(answer);
            at.passed += 10min;
            co_return base::Error(http::errc::broken_after, "the answer is lost");
        }
        CHECK(Stamped::created(body) != first);
        co_return *late;
    };
    const auto id = at.submit();
    REQUIRE(at.pair.reaches(id, State::delivered));
    CHECK(at.forms(id).size() == 1);
    CHECK(at.last_event(id).find(first) != std::string::npos);
}

TEST_CASE("a receipt for an earlier form may come as a request of its own", "[msh]")
{
    std::string first;
    base::Bytes receipt;
    Stamped at(quick, pmode::ReplyPattern::callback);
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (first.empty()) {
            first = Stamped::created(body);
            auto answer = co_await at.pair.to_b(std::move(body));
            receipt = answer.value().body;
            at.passed += 10min;
        }
        co_return html(503);
    };
    const auto id = at.submit();
    REQUIRE(support::run_until(at.pair.io, [&] { return !at.forms(id).empty(); }));
    support::ScriptedRequest request("POST", "/as4", receipt);
    request.fields.set("Content-Type", "application/soap+xml");
    const auto answer =
        support::wait_for<http::Response>(at.pair.io, at.pair.a.msh().receive(request));
    CHECK(answer.status == 202);
    CHECK(at.pair.at_a(id).summary.state == State::delivered);
    const auto events = at.pair.at_a(id).events;
    CHECK(std::ranges::any_of(events, [&](const queue::Event& event) {
        return event.name == "delivered" && event.detail.find(first) != std::string::npos;
    }));
}

TEST_CASE("a form that was committed and not sent goes out after a crash", "[msh]")
{
    bool held = true;
    std::string sent;
    Stamped at;
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (held) co_return base::Error(http::errc::cannot_connect, "");
        sent = Stamped::created(body);
        auto answer = co_await at.pair.to_b(std::move(body));
        co_return answer;
    };
    const auto id = at.submit();
    // Another owner, whose lease ends at once, stands for the process that was killed.
    auto& store = at.pair.a.queue();
    const queue::Queue::Claim claim{
        .now = base::now() + 1h, .lease_until = base::now() + 20ms, .owner = "dead", .limit = 1
    };
    std::optional<queue::Job> job;
    REQUIRE(support::run_until(at.pair.io, [&] {
        std::promise<base::Result<std::vector<queue::Job>>> claimed;
        store.claim(claim, [&](auto jobs) { claimed.set_value(std::move(jobs)); });
        const auto jobs = claimed.get_future().get();
        if (jobs && !jobs->empty()) job = jobs->front();
        return job.has_value();
    }));
    at.passed += 2min;
    const auto& a = at.pair.exchange.a;
    const auto before = as4::Sealed::from_bytes(job->sealed).value();
    const auto after =
        as4::sign_again(before, a.peer().pmode, a.signer, base::now() + at.passed).value();
    std::promise<base::Result<void>> committed;
    store.add_form(
        "dead", {id, after.to_bytes(), before.form->to_bytes(), base::now()},
        [&](auto done) { committed.set_value(done); }
    );
    REQUIRE(committed.get_future().get());

    held = false;
    REQUIRE(at.pair.reaches(id, State::delivered));
    CHECK(sent == base::to_text(after.form->created));
    CHECK(at.forms(id).size() == 1);
}

TEST_CASE("a form that was accepted gets its receipt again, however old it has become", "[msh]")
{
    HttpBody sent;
    base::Bytes receipt;
    Stamped at;
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        sent = body;
        auto answer = co_await at.pair.to_b(std::move(body));
        receipt = answer.value().body;
        co_return answer;
    };
    REQUIRE(at.pair.reaches(at.submit(), State::delivered));
    at.passed += GENERATE(base::Duration(1min), base::Duration(11min), base::Duration(24h * 20));
    const auto again = receive(at.pair, sent);
    CHECK(again.status == 200);
    CHECK(again.body == receipt);
    CHECK(at.pair.lease().size() == 1);
}

TEST_CASE("a first arrival with a Timestamp that is not fresh is refused", "[msh]")
{
    HttpBody sent;
    Stamped at;
    at.passed = 2h; // a section goes back an hour, but certificates made just now begin just now
    at.pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        sent = std::move(body);
        co_return base::Error(http::errc::cannot_connect, "");
    };
    at.submit();
    REQUIRE(support::run_until(at.pair.io, [&] { return !sent.octets.empty(); }));
    SECTION("an hour too late")
    {
        at.passed += 1h;
        const auto answer = receive(at.pair, sent);
        CHECK(answer.status == 200);
        CHECK(answer.body.find("EBMS:0101") != base::Bytes::npos);
        CHECK(answer.body.find("wsu:Timestamp expired") != base::Bytes::npos);
        CHECK(answer.body.find("SignatureValue") != base::Bytes::npos);
        CHECK(at.pair.lease().empty());
    }
    SECTION("an hour too early")
    {
        at.passed -= 1h;
        const auto answer = receive(at.pair, sent);
        CHECK(answer.body.find("EBMS:0101") != base::Bytes::npos);
        CHECK(answer.body.find("created in the future") != base::Bytes::npos);
    }
    SECTION("while our own clock is in doubt: not now")
    {
        at.b_ahead = GENERATE(base::Duration(1h), base::Duration(-1h));
        CHECK(receive(at.pair, sent).status == 503);
        at.b_ahead = {};
        CHECK(receive(at.pair, sent).body.find("NonRepudiation") != base::Bytes::npos);
    }
    SECTION("within the skew it is taken")
    {
        at.passed += 9min;
        CHECK(receive(at.pair, sent).body.find("NonRepudiation") != base::Bytes::npos);
    }
}

TEST_CASE("while our clock is in doubt no refusal of our Timestamp ends the message", "[msh]")
{
    Stamped at;
    at.a_ahead = 1h;
    const auto id = at.submit();
    REQUIRE(support::run_until(at.pair.io, [&] { return at.pair.arrived >= 3; }));
    const auto waiting = at.pair.at_a(id);
    CHECK_FALSE(queue::is_final(waiting.summary.state));
    CHECK(waiting.attempts.front().ebms_error == "EBMS:0101");
    at.a_ahead = {};
    CHECK(at.pair.reaches(id, State::delivered));
}

TEST_CASE("a clock that we believe is no excuse: the refusal is final", "[msh]")
{
    Stamped at(quick, pmode::ReplyPattern::response, 1h);
    const auto id = at.submit();
    REQUIRE(at.pair.reaches(id, State::bounced));
    CHECK(at.pair.at_a(id).summary.last_error.find("created in the future") != std::string::npos);
}

TEST_CASE("only a refusal that may be about the Timestamp is put down to a clock", "[msh]")
{
    const auto error = [](std::vector<std::string> codes, bool authentic = true) {
        as4::PeerError answer;
        answer.authentic = authentic;
        for (auto& code : codes) {
            answer.errors.emplace_back();
            answer.errors.back().code = std::move(code);
            answer.errors.back().severity = "failure";
        }
        return answer;
    };
    pmode::PMode pmode;
    CHECK_FALSE(msh::may_be_about_clocks(error({"EBMS:0101"}), pmode));
    pmode.timestamp.sent = true;
    CHECK(msh::may_be_about_clocks(error({"EBMS:0101"}), pmode));
    CHECK(msh::may_be_about_clocks(error({"EBMS:0101", "EBMS:0202"}), pmode));
    CHECK_FALSE(msh::may_be_about_clocks(error({"EBMS:0101", "EBMS:0103"}), pmode));
    CHECK_FALSE(msh::may_be_about_clocks(error({"EBMS:0103"}), pmode));
    CHECK_FALSE(msh::may_be_about_clocks(error({"EBMS:0101"}, false), pmode));
}
