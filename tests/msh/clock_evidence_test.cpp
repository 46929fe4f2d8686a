// SPDX-License-Identifier: Apache-2.0
// When certificates speak against the clock, and what follows at the door.
#include "msh/clock_evidence.hpp"

#include "pair.hpp"
#include "support/signals.hpp"

#include <filesystem>

using namespace pair;
using msh::clock_suspicion;
using msh::clock_suspicion_about;

namespace {

crypto::Certificate valid(const std::string& name)
{
    return support::Authority().identity(name).certificate();
}

crypto::Certificate expired(const std::string& name)
{
    return support::Authority().expired_identity(name).certificate();
}

base::Time at(const std::string& text)
{
    return base::parse_time(text).value();
}

} // namespace

TEST_CASE("a date before every certificate of one owner is suspected", "[msh]")
{
    const std::vector<msh::ClockWitness> witnesses = {
        {"", {valid("AP0001-TEST"), support::Authority().certificate()}},
        {"b", {valid("AP0002-TEST")}}
    };
    CHECK(clock_suspicion(witnesses, base::now()).empty());
    const auto early = at("2026-02-01T00:00:00Z");
    const auto text = clock_suspicion(witnesses, early);
    CAPTURE(text);
    CHECK(text.find("it says " + base::to_text(early)) != std::string::npos);
    CHECK(
        text.find("every certificate of this access point (2) is not yet valid") !=
        std::string::npos
    );
    CHECK(text.find("timedatectl") != std::string::npos);
}

TEST_CASE("a date after every certificate of one owner is suspected, not after one alone", "[msh]")
{
    const auto now = base::now();
    const auto suspected = [&](std::vector<crypto::Certificate> certificates) {
        const std::vector<msh::ClockWitness> witnesses = {
            {"a", {}}, {"b", std::move(certificates)}
        };
        return clock_suspicion(witnesses, now);
    };
    const auto text = suspected({expired("AP0002-TEST"), expired("AP0003-TEST")});
    CHECK(text.find("every certificate of peer b (2) has expired") != std::string::npos);
    CHECK(suspected({expired("AP0002-TEST")}).empty());
    CHECK(suspected({expired("AP0002-TEST"), expired("AP0002-TEST")}).empty());
    CHECK(suspected({expired("AP0002-TEST"), valid("AP0002-TEST")}).empty());
    CHECK(suspected({}).empty());
}

TEST_CASE("a date after one certificate of each of two owners is suspected", "[msh]")
{
    const auto now = base::now();
    const auto own = expired("AP0001-TEST");
    const auto peer = expired("AP0002-TEST");
    // Every network has CAs that outlive the certificates they issue.
    const auto ca = support::Authority().certificate();
    const auto suspected = [&](std::vector<crypto::Certificate> of_peer) {
        return clock_suspicion({{"", {own}, {ca}}, {"b", std::move(of_peer)}}, now);
    };
    const auto text = suspected({peer});
    CAPTURE(text);
    CHECK(
        text.find("every certificate of this access point and peer b (2) has expired, the last") !=
        std::string::npos
    );
    CHECK(suspected({own}).empty()); // one certificate in both places
    CHECK(suspected({valid("AP0002-TEST")}).empty());
    CHECK(suspected({}).empty());
    CHECK(clock_suspicion({{"", {}, {own, peer}}}, now).empty());
}

TEST_CASE("an owner whose certificate is valid acquits the clock for all but the accuser", "[msh]")
{
    const auto now = base::now();
    const std::vector<crypto::Certificate> over{expired("AP0002-TEST"), expired("AP0003-TEST")};
    const std::vector<msh::ClockWitness> neglected{
        {"", {expired("AP0001-TEST"), valid("AP0001-TEST")}}, {"b", over}, {"c", {}}
    };
    CHECK(clock_suspicion(neglected, now).empty());
    CHECK(clock_suspicion_about(neglected, now, "").empty());
    CHECK(clock_suspicion_about(neglected, now, "c").empty());
    CHECK(clock_suspicion_about(neglected, now, "unknown").empty());
    const auto own = clock_suspicion_about(neglected, now, "b");
    CHECK(own.find("every certificate of peer b (2) has expired") != std::string::npos);

    // A peer acquits the clock of what our own certificates accuse it of.
    const std::vector<msh::ClockWitness> ours{{"", over}, {"b", {valid("AP0002-TEST")}}};
    CHECK(clock_suspicion(ours, now).empty());
    CHECK(clock_suspicion_about(ours, now, "b").empty());
    CHECK_FALSE(clock_suspicion_about(ours, now, "").empty());

    // Nobody acquits it: it is suspected for all.
    const std::vector<msh::ClockWitness> all{{"", {}}, {"b", over}, {"c", {}}};
    CHECK_FALSE(clock_suspicion(all, now).empty());
    CHECK_FALSE(clock_suspicion_about(all, now, "c").empty());
}

TEST_CASE("a peer whose next certificate was configured too early is the only accuser", "[msh]")
{
    const auto identity = support::Authority().coming_identity("AP0002-TEST", 1h);
    const auto coming = identity.certificate();
    std::filesystem::remove_all(identity.key_file.parent_path());
    const std::vector<msh::ClockWitness> witnesses{
        {"", {valid("AP0001-TEST")}}, {"b", {coming}}, {"c", {}}
    };
    const auto now = base::now();
    CHECK(clock_suspicion(witnesses, now).empty());
    CHECK(clock_suspicion_about(witnesses, now, "c").empty());
    CHECK_FALSE(clock_suspicion_about(witnesses, now, "b").empty());
}

TEST_CASE("the owners of expired certificates are named, as far as there is room", "[msh]")
{
    std::vector<msh::ClockWitness> witnesses;
    const auto names = [&](const std::string& peer) {
        witnesses.push_back({peer, {expired("AP0001-TEST"), expired("AP0002-TEST")}});
        return clock_suspicion(witnesses, base::now());
    };
    CHECK(names("a").find("certificate of peer a (2)") != std::string::npos);
    CHECK(names("b").find("certificate of peer a and peer b (2)") != std::string::npos);
    CHECK(names("c").find("certificate of peer a, peer b and 1 other (2)") != std::string::npos);
    CHECK(names("d").find("certificate of peer a, peer b and 2 others (2)") != std::string::npos);
}

TEST_CASE("a CA that is valid already speaks for a date that is early", "[msh]")
{
    const auto early = at("2026-02-01T00:00:00Z");
    const auto own = valid("AP0001-TEST");
    const auto before = expired("AP0002-TEST"); // valid from before that date
    CHECK_FALSE(clock_suspicion({{"", {own}, {own}}}, early).empty());
    CHECK(clock_suspicion({{"", {own}, {before}}}, early).empty());
}

TEST_CASE("a date before this version was made is suspected without any certificate", "[msh]")
{
    CHECK_FALSE(clock_suspicion({}, at("1970-01-01T00:00:00Z")).empty());
    CHECK_FALSE(clock_suspicion({}, at("2025-12-31T23:59:59Z")).empty());
    CHECK(clock_suspicion({}, base::now()).empty());
}

namespace {

// B, to which A sends what an expired certificate has signed.
struct ExpiredSender {
    support::Exchange both;
    asio::io_context io{1};
    AccessPoint b{io, both.b, quick};
    HttpBody body;

    ExpiredSender()
    {
        both.a.signer = support::Authority().expired_identity(support::party_a).signer();
        body = support::wire(support::pack(both.a, both.b, base::now()), both.a, both.b);
    }
    http::Response receive(std::vector<msh::ClockWitness> witnesses)
    {
        b.witnesses = std::move(witnesses);
        b.restart();
        support::ScriptedRequest request("POST", "/as4", body.octets);
        request.fields.set("Content-Type", body.content_type);
        return support::wait_for<http::Response>(io, b.msh().receive(request));
    }
};

} // namespace

TEST_CASE("while the clock is suspected no expired signer is refused for good", "[msh]")
{
    ExpiredSender sender;
    const auto refused = sender.receive({});
    CHECK(refused.status == 200);
    CHECK(refused.body.find("EBMS:0101") != std::string::npos);
    CHECK(refused.body.find("expired or not yet valid") != std::string::npos);

    const auto later = sender.receive({{"", {expired("AP0001-TEST"), expired("AP0002-TEST")}}});
    CHECK_FALSE(sender.b.msh().clock_suspicion().empty());
    CHECK(later.status == 503);
    CHECK(later.headers.get("Retry-After"));
}

TEST_CASE("while the clock is suspected no attempt is counted and EBMS:0101 ends nothing", "[msh]")
{
    const bool suspected = GENERATE(true, false);
    Pair pair({.first = 1ms, .longest = 4ms, .attempts = 2, .time_to_live = 1h});
    if (suspected) pair.a.witnesses = {{"", {expired("AP0001-TEST"), expired("AP0002-TEST")}}};
    SECTION("a receipt that looks signed by an expired certificate")
    {
        pair.stop_a();
        pair.a.restart();
        const auto expired_b = support::Authority().expired_identity(support::party_b).signer();
        pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
            ++pair.arrived;
            const auto message_id = pair.a.queue()
                                        .list({.visibility = queue::Visibility::all()})
                                        .value()
                                        .front()
                                        .header.message_id;
            const auto sent = pair.a.queue().find_sent(message_id).value();
            const auto sealed = as4::Sealed::from_bytes(sent.sealed).value();
            const auto receipt = support::signal_about(message_id, support::receipt(sealed));
            auto response = html(200);
            response->headers.set("Content-Type", "application/soap+xml");
            response->body = support::signed_signals(receipt, expired_b);
            co_return response;
        };
        pair.a.msh().start();
        const auto id = pair.submit(pair.document())->id;
        if (!suspected) {
            REQUIRE(pair.reaches(id, queue::State::expired));
            return;
        }
        REQUIRE(support::run_until(pair.io, [&] { return pair.arrived == 5; }));
        const auto waiting = pair.at_a(id);
        CHECK_FALSE(queue::is_final(waiting.summary.state));
        CHECK(waiting.summary.attempts == 0);
        CHECK(waiting.summary.last_error.find("the clock is in doubt") != std::string::npos);
    }
    SECTION("a signed refusal that may be about our Timestamp")
    {
        auto peers = std::vector<pmode::Peer>{pair.exchange.a.peer()};
        peers.front().pmode.retry = {.first = 1ms, .longest = 4ms, .time_to_live = 1h};
        peers.front().pmode.timestamp.sent = true;
        pair.stop_a();
        pair.a.restart(peers);
        pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
            ++pair.arrived;
            const auto message_id = pair.a.queue()
                                        .list({.visibility = queue::Visibility::all()})
                                        .value()
                                        .front()
                                        .header.message_id;
            const auto refusal =
                support::signal_about(message_id, support::error("failure", "EBMS:0101"));
            auto response = html(200);
            response->headers.set("Content-Type", "application/soap+xml");
            response->body = support::signed_signals(refusal, pair.exchange.b.signer);
            co_return response;
        };
        pair.a.msh().start();
        const auto id = pair.submit(pair.document())->id;
        if (!suspected) {
            REQUIRE(pair.reaches(id, queue::State::bounced));
            return;
        }
        REQUIRE(support::run_until(pair.io, [&] { return pair.arrived == 3; }));
        CHECK_FALSE(queue::is_final(pair.at_a(id).summary.state));
    }
}

TEST_CASE("expired certificates of one peer put off what is refused to it alone", "[msh]")
{
    ExpiredSender sender;
    const std::vector<crypto::Certificate> over{expired("AP0001-TEST"), expired("AP0003-TEST")};
    const auto own = valid("AP0002-TEST");
    const auto& name = sender.both.b.peer().name;
    const auto of_another = sender.receive({{"", {own}}, {name, {}}, {"c", over}});
    CHECK(of_another.status == 200);
    CHECK(of_another.body.find("EBMS:0101") != std::string::npos);
    CHECK(sender.b.msh().clock_suspicion().empty()); // kurir status is well
    CHECK(sender.receive({{"", {own}}, {name, over}, {"c", {}}}).status == 503);
    CHECK(sender.b.msh().clock_suspicion().empty());
}

TEST_CASE("what is wrong with a TLS certificate is told with the suspicion", "[msh]")
{
    Pair pair({.first = 1h, .longest = 1h, .time_to_live = 24h});
    pair.stop_a();
    pair.a.witnesses = {{"", {expired("AP0001-TEST"), expired("AP0002-TEST")}}};
    pair.a.restart();
    pair.a.network = [](HttpBody) -> asio::awaitable<Sent> {
        co_return base::Error(http::errc::server_certificate, "certificate has expired");
    };
    pair.a.msh().start();
    const auto id = pair.submit(pair.document())->id;
    REQUIRE(pair.reaches(id, queue::State::deferred));
    const auto error = pair.at_a(id).summary.last_error;
    CAPTURE(error);
    CHECK(
        error.find("certificate has expired; the clock of this machine is suspected") !=
        std::string::npos
    );
}
