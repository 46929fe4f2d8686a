// SPDX-License-Identifier: Apache-2.0
// Certificates that are expired or not yet valid keep messages from being sent, and nothing else.
#include "msh/obstacle.hpp"

#include "pair.hpp"

#include <algorithm>
#include <filesystem>

using namespace pair;
using queue::State;

namespace {

const pmode::Retry patient{.first = 1h, .longest = 2h, .time_to_live = 24h};

const support::Authority& federation()
{
    static const support::Authority authority;
    return authority;
}

crypto::Certificate expired(const std::string& name = support::party_b)
{
    return federation().expired_identity(name).certificate();
}

crypto::Certificate coming(std::chrono::seconds until)
{
    const auto identity = federation().coming_identity(support::party_b, until);
    auto certificate = identity.certificate();
    std::filesystem::remove_all(identity.key_file.parent_path());
    return certificate;
}

pmode::Peer peer_b(std::optional<crypto::Certificate> encryption)
{
    auto peer = support::Exchange().a.peer();
    if (encryption) peer.encryption = std::move(encryption);
    return peer;
}

// A and B, where A knows these peers.
support::Exchange knowing(std::vector<pmode::Peer> peers)
{
    support::Exchange both;
    both.a.pmodes = pmode::PModes::make(support::party_a, std::move(peers)).value();
    return both;
}

struct Held : Pair {
    explicit Held(
        support::Exchange both, pmode::Retry retry = patient, msh::Settings settings = {},
        msh::Settings of_b = {}
    )
        : Pair(retry, std::move(of_b), std::move(settings), std::move(both))
    {
    }
    msh::Destination destination() { return a.msh().destinations().front(); }
    void flush() { REQUIRE(support::wait_for<base::Result<std::size_t>>(io, a.msh().flush(""))); }
    std::vector<queue::Stuck> stuck()
    {
        return support::wait_for<base::Result<std::vector<queue::Stuck>>>(io, a.msh().stuck())
            .value();
    }
    void decide(queue::AdminState admin_state)
    {
        REQUIRE(support::wait_for<base::Result<>>(io, a.msh().set_admin_state("", admin_state, ""))
        );
    }
    void stop_a()
    {
        const auto work = [](AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, work(a));
        io.restart();
        io.run_for(50ms);
    }
};

// A message that is held: what its record and its destination say.
void check_held(Held& held, const std::string& id, const std::vector<std::string>& words)
{
    REQUIRE(held.reaches(id, State::deferred));
    const auto message = held.at_a(id);
    CAPTURE(message.summary.last_error);
    for (const auto& word : words) {
        CAPTURE(word);
        CHECK(message.summary.last_error.find(word) != std::string::npos);
    }
    CHECK(held.arrived == 0);
    CHECK(message.summary.attempts == 0);
    CHECK(message.attempts.empty());
    const auto destination = held.destination();
    CHECK(destination.breaker == msh::Breaker::closed);
    CHECK(destination.consecutive_failures == 0);
    CHECK_FALSE(destination.held.empty());
    const auto stuck = held.stuck();
    REQUIRE(stuck.size() == 1);
    CHECK(stuck.front().summary.id == id);
    CHECK(stuck.front().why == queue::Stuck::Why::certificate);
}

} // namespace

TEST_CASE("an expired encryption certificate holds what would be encrypted to it", "[msh]")
{
    Held held(knowing({peer_b(expired())}));
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted); // 202
    check_held(
        held, submitted->id,
        {"[[peer]] ap0002-test: encryption_certificate", "the certificate has expired",
         crypto::described(expired()), "2021-01-01", "restart kurird"}
    );
    // A ping has nothing to encrypt, so it succeeds and must say what holds the messages.
    const auto pinged = support::wait_for<base::Result<msh::Pinged>>(
        held.io, held.a.msh().ping(base::lower(support::party_b), 10s)
    );
    REQUIRE(pinged);
    CHECK(pinged->receipted);
    CHECK(pinged->held.find("[[peer]] ap0002-test: encryption_certificate") == 0);
    // The next look is the schedule's, no busy loop.
    CHECK(*held.at_a(submitted->id).summary.next_try > base::now() + 30min);
    SECTION("and it goes on when the certificate has been replaced")
    {
        held.stop_a();
        auto peer = peer_b({});
        peer.pmode.retry = patient;
        held.a.restart({peer});
        held.a.msh().start();
        held.flush();
        REQUIRE(held.reaches(submitted->id, State::delivered));
        CHECK(held.at_a(submitted->id).summary.attempts == 1);
        CHECK(held.destination().held.empty());
        CHECK(held.stuck().empty());
        const auto again = support::wait_for<base::Result<msh::Pinged>>(
            held.io, held.a.msh().ping(base::lower(support::party_b), 10s)
        );
        REQUIRE(again);
        CHECK(again->held.empty());
    }
    SECTION("a look that changes nothing counts no attempt")
    {
        held.flush();
        REQUIRE(support::run_until(held.io, [&] {
            const auto message = held.at_a(submitted->id);
            return message.events.size() > 4 && message.summary.state == State::deferred;
        }));
        CHECK(held.at_a(submitted->id).summary.attempts == 0);
        CHECK(held.arrived == 1); // the ping
    }
}

TEST_CASE("what is held for one peer keeps no other peer waiting", "[msh]")
{
    auto other =
        support::make_peer("AP0003-TEST", federation().identity("AP0003-TEST"), support::Terms());
    other.url = "https://c.example/as4";
    Held held(knowing({peer_b(expired()), other}));
    int arrived = 0;
    held.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        CHECK(body.url == other.url);
        ++arrived;
        co_return html(503);
    };
    for (int i = 0; i < 40; ++i)
        REQUIRE(held.submit(held.document()));
    REQUIRE(held.submit(support::xhe(base::uuid(), held.a.participant, other.participants.front()))
    );
    CHECK(support::run_until(held.io, [&] { return arrived == 1; }));
}

TEST_CASE("a certificate that is not yet valid is waited for, and then used", "[msh]")
{
    const auto certificate = coming(3s);
    Held held(knowing({peer_b(certificate)}));
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    check_held(
        held, submitted->id,
        {"not yet valid", crypto::described(certificate),
         "by itself at " + base::to_text(certificate.not_before())}
    );
    CHECK(
        held.at_a(submitted->id).summary.last_error.find("replace the file") == std::string::npos
    );
    CHECK(*held.at_a(submitted->id).summary.next_try == certificate.not_before());
    CHECK(support::run_until(held.io, [&] { return held.arrived == 1; }));
    CHECK(base::now() >= certificate.not_before());
}

TEST_CASE("the time to live goes on for what is held, and the end says why", "[msh][AS4 3.2]")
{
    Held held(knowing({peer_b(expired())}), {.first = 1h, .longest = 1h, .time_to_live = 1500ms});
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    REQUIRE(held.reaches(submitted->id, State::expired));
    const auto error = held.at_a(submitted->id).summary.last_error;
    CAPTURE(error);
    CHECK(error.find("EBMS:0301 MissingReceipt") == 0);
    CHECK(error.find("nothing was sent") != std::string::npos);
    CHECK(error.find("encryption_certificate") != std::string::npos);
    CHECK(held.arrived == 0);
}

TEST_CASE("pinned certificates hold everything when none is valid any more", "[msh]")
{
    auto peer = peer_b({});
    peer.pinned = {expired(), expired("AP0003-TEST")};
    SECTION("none")
    {
        Held held(knowing({peer}));
        const auto submitted = held.submit(held.document());
        REQUIRE(submitted);
        check_held(held, submitted->id, {"[[peer]] ap0002-test: certificates", "has expired"});
    }
    SECTION("one is valid")
    {
        peer.pinned.push_back(*peer.encryption);
        Held held(knowing({peer}));
        const auto submitted = held.submit(held.document());
        REQUIRE(submitted);
        CHECK(held.reaches(submitted->id, State::delivered));
    }
}

namespace {

// Both sides of an exchange in which A's signing certificate ends in an hour.
support::Exchange ending()
{
    const auto own = federation().short_lived_identity(support::party_a, 1h);
    auto both = support::Exchange();
    both.a.signer = own.signer();
    std::filesystem::remove_all(own.key_file.parent_path());
    return both;
}

// The clocks of a machine: `later` has passed on both.
msh::Settings after(const base::Duration& later)
{
    msh::Settings settings;
    settings.clocks = [&later] {
        auto now = msh::read_clocks();
        now.wall += later;
        now.uptime += later;
        return now;
    };
    return settings;
}

} // namespace

TEST_CASE("what was signed before a renewal leaves with the new certificate", "[msh][AS4 3.2]")
{
    base::Duration later{};
    Held held(ending(), patient, after(later), after(later));
    held.decide(queue::AdminState::paused);
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    const auto before = held.at_a(submitted->id);
    held.stop_a();
    later = 2h; // the certificate that signed has expired, for A and for B
    held.exchange.a.signer = federation().identity(support::party_a).signer();
    held.a.restart();
    held.a.msh().start();
    held.decide(queue::AdminState::open);
    CHECK(held.reaches(submitted->id, State::delivered));
    const auto message = held.at_a(submitted->id);
    CAPTURE(message.summary.last_error);
    CHECK(message.summary.header.message_id == before.summary.header.message_id);
    CHECK(message.envelope != before.envelope); // committed: it is what the store has now
    CHECK(std::ranges::count(message.events, "signed_again", &queue::Event::name) == 1);
    CHECK(held.lease().size() == 1);
}

TEST_CASE("a renewal together with a corrected clock is noticed", "[msh][AS4 3.2]")
{
    const auto own = federation().short_lived_identity(support::party_a, 48h);
    auto both = support::Exchange();
    both.a.signer = own.signer();
    std::filesystem::remove_all(own.key_file.parent_path());
    base::Duration later = 23h; // the clock is wrong
    Held held(std::move(both), patient, after(later));
    held.decide(queue::AdminState::paused);
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    held.stop_a();
    later = {}; // now the message is of tomorrow
    held.exchange.a.signer = federation().identity(support::party_a).signer();
    held.a.restart();
    held.a.msh().start();
    held.decide(queue::AdminState::open);
    held.flush();
    REQUIRE(held.reaches(submitted->id, State::delivered));
    const auto events = held.at_a(submitted->id).events;
    CHECK(std::ranges::count(events, "signed_again", &queue::Event::name) == 1);
}

TEST_CASE("a restart alone signs nothing again", "[msh]")
{
    Held held(support::Exchange{});
    held.decide(queue::AdminState::paused);
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    const auto before = held.at_a(submitted->id);
    held.stop_a();
    held.a.restart();
    held.a.msh().start();
    held.decide(queue::AdminState::open);
    REQUIRE(held.reaches(submitted->id, State::delivered));
    CHECK(held.at_a(submitted->id).envelope == before.envelope);
}

TEST_CASE("with an expired signing certificate nothing is taken, and nothing leaves", "[msh]")
{
    base::Duration later{};
    Held held(ending(), patient, after(later));
    const auto until = held.exchange.a.signer.certificate().not_after();
    held.decide(queue::AdminState::paused);
    const auto submitted = held.submit(held.document());
    REQUIRE(submitted);
    later = 2h;
    held.decide(queue::AdminState::open);
    check_held(held, submitted->id, {"node.certificate", "has expired", base::to_text(until)});
    const auto refused = held.submit(held.document());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == msh::errc::certificate_invalid);
    CHECK(refused.error().text().find("node.certificate") != std::string::npos);
    // By a date that is right again it goes out.
    later = {};
    held.flush();
    CHECK(held.reaches(submitted->id, State::delivered));
}

TEST_CASE("only what is encrypted needs the encryption certificate", "[msh]")
{
    const auto own = federation().identity(support::party_a).certificate();
    const auto now = base::now();
    const auto held = msh::obstacle_of(peer_b(expired()), own, true, now);
    REQUIRE(held);
    CHECK_FALSE(held->until);
    CHECK_FALSE(msh::obstacle_of(peer_b(expired()), own, false, now));
    CHECK_FALSE(msh::obstacle_of(peer_b({}), own, true, now));
    const auto certificate = coming(1h);
    CHECK(msh::obstacle_of(peer_b(certificate), own, true, now)->until == certificate.not_before());
    CHECK(msh::obstacle_of(peer_b({}), expired(support::party_a), false, now));
}
