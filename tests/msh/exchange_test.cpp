// SPDX-License-Identifier: Apache-2.0
// What a person relies on between two access points, from a submission to its fetching.
#include "pair.hpp"

#include "ebms/message_id.hpp"
#include "msh/outbound.hpp"

#include <future>

using namespace pair;

namespace {

const msh::Caller the_operator{"operator", queue::Visibility::all(), msh::Scopes::all()};

} // namespace

TEST_CASE(
    "a submitted document is delivered with a receipt and fetched octet for octet",
    "[msh][TA01][TA21][TA32]"
)
{
    Pair pair;
    const auto content = GENERATE(std::string("<a/>"), noise(3'000'000));
    const auto document = pair.document(content);
    const auto submitted = pair.submit(document);
    REQUIRE(submitted);
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));

    const auto sent = pair.at_a(submitted->id);
    CHECK(sent.attempts.size() == 1);
    CHECK_FALSE(sent.receipt.empty());
    CHECK(crypto::Certificate::from_der(sent.receipt_signer)->common_name() == support::party_b);

    const auto items = pair.lease();
    REQUIRE(items.size() == 1);
    CHECK(items[0].header.message_id == submitted->message_id);
    CHECK(items[0].header.sender == pair.a.participant);
    CHECK(pair.fetch(items[0].id) == document);
    CHECK(pair.lease().empty());
    const auto caller = support::message_service("mt-b", {pair.b.participant});
    for (int again = 0; again < 2; ++again)
        CHECK(support::wait_for<base::Result<>>(
            pair.io, pair.b.msh().acknowledge(caller, items[0].id, items[0].lease)
        ));
}

TEST_CASE(
    "a recipient that is not served bounces the message and leaves a log row only",
    "[msh][DIGG TP-AS4 2.5]"
)
{
    Pair pair;
    auto elsewhere = pair.exchange.a.pmodes.peers().front();
    // A believes that B serves everybody; B does not.
    support::Exchange believing;
    asio::io_context& io = pair.io;
    support::Side side{
        support::party_a, believing.a.identity, believing.a.identity.signer(),
        [&] {
            auto peer = believing.a.pmodes.peers().front();
            peer.participants = {"*"};
            return pmode::PModes::make(support::party_a, {peer}).value();
        }(),
        support::Authority().trust()
    };
    AccessPoint a(io, side, quick);
    a.network = [&](HttpBody body) { return pair.to_b(std::move(body)); };
    a.msh().start();
    support::ScriptedRequest request(
        "POST", "/v1/messages", support::xhe(base::uuid(), a.participant, "0203:nobody.example")
    );
    const auto caller = support::message_service("mt", {a.participant});
    const auto submitted =
        support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request));
    REQUIRE(submitted);
    REQUIRE(support::run_until(io, [&] {
        return a.queue().find(submitted->id, queue::Visibility::all())->summary.state ==
               queue::State::bounced;
    }));
    const auto message = a.queue().find(submitted->id, queue::Visibility::all()).value();
    CHECK(message.attempts.front().ebms_error == "EBMS:0004");
    CHECK(message.attempts.front().error.find("NOT_SERVICED") != std::string::npos);
    const auto rows = pair.b.queue().list({.visibility = queue::Visibility::all()}).value();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].state == queue::State::refused);
    CHECK(pair.b.queue().find(rows[0].id, queue::Visibility::all())->parts.empty());
    const auto stop = [&]() -> asio::awaitable<bool> {
        co_await a.msh().stop(1s);
        co_return true;
    };
    support::wait_for<bool>(io, stop());
    io.restart();
    io.run_for(50ms);
}

TEST_CASE(
    "the same document again is the same submission; another under its id is refused", "[msh]"
)
{
    Pair pair;
    const auto id = base::uuid();
    const auto first = pair.submit(pair.document("<a/>", id));
    const auto again = pair.submit(pair.document("<a/>", id));
    REQUIRE(again);
    CHECK(again->existed);
    CHECK(again->id == first->id);
    CHECK(again->message_id == first->message_id);
    const auto other = pair.submit(pair.document("<b/>", id));
    REQUIRE_FALSE(other);
    CHECK(other.error().code == queue::errc::conflict);
}

TEST_CASE(
    "a submission is refused for a sender or recipient that is not the client's, ours or anybody's",
    "[msh]"
)
{
    Pair pair;
    const auto refused = [&](const std::string& from, const std::string& to,
                             const msh::Caller& caller) {
        return pair.submit(support::xhe(base::uuid(), from, to), caller).error().code;
    };
    CHECK(
        refused(
            pair.a.participant, pair.b.participant,
            support::message_service("mt", {"0203:other.example"})
        ) == msh::errc::not_your_participant
    );
    CHECK(
        refused("0203:stranger.example", pair.b.participant, the_operator) ==
        msh::errc::sender_not_served
    );
    CHECK(
        refused(
            pair.a.participant, "0203:unknown.example",
            support::message_service("mt", {pair.a.participant})
        ) == pmode::errc::unknown_peer
    );
    auto other_type = support::xhe(base::uuid(), pair.a.participant, pair.b.participant);
    other_type.replace(other_type.find("messagePayload##3.0"), 14, "anotherPayload");
    CHECK(pair.submit(other_type).error().code == pmode::errc::no_match);
    CHECK(
        refused(
            pair.a.participant + "<!-- -->", pair.b.participant + "<",
            support::message_service("mt", {pair.a.participant})
        ) == xml::errc::not_well_formed
    );
}

TEST_CASE("participants are the same in capitals and small letters", "[msh]")
{
    Pair pair;
    const auto capitals = [](std::string text) {
        std::ranges::transform(text, text.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        return text;
    };
    const auto document =
        support::xhe(base::uuid(), capitals(pair.a.participant), capitals(pair.b.participant));
    const auto submitted = pair.submit(document); // its client has the small letters
    REQUIRE(submitted);
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.at_a(submitted->id).summary.header.sender == pair.a.participant);
    const auto items = pair.lease(); // of the inbox in small letters
    REQUIRE(items.size() == 1);
    CHECK(items[0].header.recipient == pair.b.participant);
    CHECK(items[0].user_message->property("finalRecipient") == capitals(pair.b.participant));
    CHECK(pair.fetch(items[0].id) == document);
}

TEST_CASE("a document is delivered in the encoding it has", "[msh][XML 4.3.3]")
{
    Pair pair;
    const std::string encoding = GENERATE("ASCII", "ISO-8859-1", "UTF-16");
    auto document = "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>" + pair.document();
    if (encoding == "UTF-16") {
        std::string wide = "\xFF\xFE";
        for (const char c : document)
            (wide += c) += '\0';
        document = wide;
    }
    const auto submitted = pair.submit(document);
    REQUIRE(submitted);
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.fetch(pair.lease().at(0).id) == document);
}

TEST_CASE("new messages have a valid MessageId, whatever our party id is", "[msh][ebMS 5.2.2.1]")
{
    const support::Exchange exchange;
    for (const std::string party : {"AP0001-TEST", "urn:a:b", "Region Norr", "göteborg", "a@b"}) {
        const auto peers = exchange.a.pmodes.peers();
        const auto pmodes = pmode::PModes::make(party, peers);
        REQUIRE(pmodes);
        const auto message = msh::new_message(*pmodes, pmodes->peers().front(), base::now());
        INFO(message.info.message_id);
        CHECK(ebms::is_strict_message_id(message.info.message_id));
        CHECK(message.from.id.value == party);
    }
}

TEST_CASE("a message that cannot be delivered in its time to live expires", "[msh][TA15]")
{
    Pair pair({.first = 2h, .longest = 2h, .time_to_live = 1h}); // no second try fits
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        co_return base::Error(http::errc::cannot_connect);
    };
    const auto submitted = pair.submit(pair.document());
    CHECK(pair.reaches(submitted->id, queue::State::expired));
    CHECK(pair.at_a(submitted->id).attempts.back().ebms_error == "EBMS:0301");
}

TEST_CASE(
    "a message for which no attempt was left is reported with EBMS:0301 too", "[msh][AS4 3.2][TA15]"
)
{
    Pair pair({.first = 1ms, .longest = 1ms, .time_to_live = -1h}); // over before it began
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::expired));
    const auto message = pair.at_a(submitted->id);
    CHECK(message.attempts.empty());
    CHECK(message.summary.last_error.find("EBMS:0301 MissingReceipt") == 0);
    CHECK(message.events.back().name == "expired");
    CHECK(message.events.back().detail.find("EBMS:0301") == 0);
    CHECK(pair.arrived == 0);
}

TEST_CASE("a message claimed by a daemon that died is sent when its lease has lapsed", "[msh]")
{
    Pair pair;
    std::string id;
    bool stuck = true;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (stuck) co_return base::Error(http::errc::broken_after);
        co_return co_await pair.to_b(std::move(body));
    };
    // A stranger's claim with a lease that lapses at once stands for the dead daemon.
    const auto submitted = pair.submit(pair.document());
    queue::Queue::Claim claim{
        .now = base::now() + 1h, .lease_until = base::now() + 20ms, .owner = "dead", .limit = 1
    };
    const auto take = [&] {
        std::promise<std::size_t> claimed; // the answer comes on the writer's thread
        const auto answer = [&](auto jobs) { claimed.set_value(jobs ? jobs->size() : 0); };
        pair.a.queue().claim(claim, answer);
        return claimed.get_future().get() == 1;
    };
    REQUIRE(support::run_until(pair.io, take));
    stuck = false;
    CHECK(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.lease().size() == 1);
}

TEST_CASE("a restart goes on with what was kept", "[msh]")
{
    support::Exchange exchange;
    asio::io_context io{1};
    AccessPoint a(io, exchange.a, quick);
    const auto caller = support::message_service("mt", {a.participant});
    support::ScriptedRequest request(
        "POST", "/v1/messages",
        support::xhe(base::uuid(), a.participant, "0203:ap0002-test.example", noise(200'000))
    );
    const auto submitted = support::wait_for<base::Result<msh::Submitted>>(
        io, a.msh().submit(caller, request)
    ); // never started
    REQUIRE(submitted);
    a.restart();
    const auto kept = a.queue().find(submitted->id, queue::Visibility::all()).value();
    CHECK(kept.summary.state == queue::State::queued);
    CHECK(kept.summary.header.message_id == submitted->message_id);
    CHECK(
        a.queue().payload(submitted->id, 0, queue::Visibility::all())->size() ==
        kept.parts[0].stored_size
    );
}

TEST_CASE("over its limits and while stopping the access point says 503 and keeps nothing", "[msh]")
{
    msh::Settings none;
    none.receiving = 0;
    Pair pair(quick, none);
    support::ScriptedRequest request("POST", "/as4", "x");
    const auto answer = support::wait_for<http::Response>(pair.io, pair.b.msh().receive(request));
    CHECK(answer.status == 503);
    CHECK(answer.headers.get("Retry-After"));
    CHECK(pair.b.queue().list({.visibility = queue::Visibility::all()})->empty());
}

TEST_CASE("a message over the size limit is answered 413 with EBMS:0004", "[msh]")
{
    Pair pair;
    support::ScriptedRequest request("POST", "/as4");
    request.fields.set(
        "Content-Type", "multipart/related; boundary=b; type=\"application/soap+xml\""
    );
    request.failure = base::Error(http::errc::too_large, "body");
    const auto answer = support::wait_for<http::Response>(pair.io, pair.b.msh().receive(request));
    CHECK(answer.status == 413);
    CHECK(answer.body.find("EBMS:0004") != std::string::npos);
    CHECK_FALSE(answer.headers.get("Retry-After"));
}

TEST_CASE("what was kept is given out however well it compresses", "[msh]")
{
    support::Terms generous; // a peer that takes what other peers would call a gzip bomb
    generous.pmode.limits.ratio = 1'000'000;
    const support::Exchange exchange(generous);
    asio::io_context io{1};
    AccessPoint a(io, exchange.a, quick); // never started: it only keeps
    const auto document = support::xhe(
        base::uuid(), a.participant, "0203:ap0002-test.example", std::string(16'000'000, ' ')
    ); // above the floor and the ratio of the default limits
    support::ScriptedRequest request("POST", "/v1/messages", document);
    const auto client = support::message_service("mt-a", {a.participant});
    const auto submitted =
        support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(client, request));
    REQUIRE(submitted);
    const auto octets =
        support::wait_for<std::string>(io, Pair::gather(a, the_operator, submitted->id));
    CHECK(octets == document);
}
