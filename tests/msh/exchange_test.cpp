// SPDX-License-Identifier: Apache-2.0
// Two access points with real queues, and the test as the network between them: what a person
// relies on, and what happens when answers are lost, wrong or late.
#include "msh/msh.hpp"

#include "base/id.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using support::AccessPoint;
using support::HttpBody;

namespace {

namespace asio = boost::asio;
using Sent = base::Result<http::ClientResponse>;

const pmode::Retry quick{.first = 1ms, .longest = 4ms, .time_to_live = 1h};

// A and B; a.network leads to B unless a test puts something else there.
struct Pair {
    asio::io_context io{1};
    support::Exchange exchange;
    AccessPoint a;
    AccessPoint b;
    int arrived = 0;

    explicit Pair(pmode::Retry retry = quick, msh::Settings b_settings = {})
        : a(io, exchange.a, retry), b(io, exchange.b, retry, std::move(b_settings))
    {
        a.network = [this](HttpBody body) { return to_b(std::move(body)); };
        a.msh().start();
    }
    ~Pair()
    {
        // The loops end before what they refer to.
        const auto stop = [](AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(50ms);
    }

    asio::awaitable<Sent> to_b(HttpBody body)
    {
        ++arrived;
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets), 1000);
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        http::ClientResponse response;
        response.status = answer.status;
        response.headers = answer.headers;
        response.body = std::move(answer.body);
        co_return response;
    }

    base::Result<msh::Submitted> submit(const std::string& document, const msh::Caller& caller)
    {
        support::ScriptedRequest request("POST", "/v1/messages", document, 4000);
        return support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request));
    }
    base::Result<msh::Submitted> submit(const std::string& document)
    {
        return submit(document, {"mt-a", {a.participant}});
    }
    std::string document(const std::string& content = "<a/>", const std::string& id = base::uuid())
    {
        return support::xhe(id, a.participant, b.participant, content);
    }
    queue::Message at_a(const std::string& id) { return a.queue().find(id, {}).value(); }
    bool reaches(const std::string& id, queue::State state)
    {
        return support::run_until(io, [&] { return at_a(id).summary.state == state; });
    }
    std::vector<msh::InboxItem> lease()
    {
        const msh::Caller caller{"mt-b", {b.participant}};
        return support::wait_for<base::Result<std::vector<msh::InboxItem>>>(
                   io, b.msh().lease(caller, 10, 1min)
        )
            .value();
    }
    std::string fetch(const std::string& id)
    {
        const msh::Caller caller{"mt-b", {b.participant}};
        return support::wait_for<std::string>(io, gather(b, caller, id));
    }
    static asio::awaitable<std::string>
    gather(AccessPoint& side, msh::Caller caller, std::string id)
    {
        auto payload = co_await side.msh().payload(caller, id, 0);
        std::string octets;
        while (true) {
            const auto piece = co_await payload.value().source->next();
            if (piece.value().empty()) break;
            octets += *piece;
        }
        REQUIRE(octets.size() == payload->size);
        co_return octets;
    }
};

Sent html(int status)
{
    http::ClientResponse response;
    response.status = status;
    response.headers.set("Content-Type", "text/html");
    response.body = "<html><body>Bad gateway</body></html>";
    return response;
}

std::string noise(std::size_t size)
{
    std::string text;
    std::uint32_t state = 12345;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += static_cast<char>('A' + (state >> 24) % 26);
    }
    return text;
}

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
    const msh::Caller caller{"mt-b", {pair.b.participant}};
    for (int again = 0; again < 2; ++again)
        CHECK(support::wait_for<base::Result<>>(
            pair.io, pair.b.msh().acknowledge(caller, items[0].id, items[0].lease)
        ));
}

TEST_CASE(
    "a lost receipt is made good by a retry, and nothing is delivered twice",
    "[msh][AS4 3.2][TA09][TA10]"
)
{
    Pair pair;
    const auto lose = GENERATE(1, 3);
    int lost = 0;
    std::vector<std::string> receipts;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        auto answer = co_await pair.to_b(std::move(body));
        receipts.push_back(answer->body);
        if (lost++ < lose) co_return base::Error(http::errc::broken_after);
        co_return answer;
    };
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.at_a(submitted->id).attempts.size() == static_cast<std::size_t>(lose) + 1);
    for (const auto& receipt : receipts)
        CHECK(receipt == receipts.front()); // the first receipt, byte for byte
    CHECK(pair.lease().size() == 1);
}

TEST_CASE("answers that prove nothing are followed by another try", "[msh]")
{
    Pair pair;
    const auto answer = GENERATE(0, 1, 2, 3);
    bool first = true;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        if (!std::exchange(first, false)) co_return co_await pair.to_b(std::move(body));
        if (answer == 0) co_return html(200);
        if (answer == 1) co_return html(502);
        if (answer == 2) co_return base::Error(http::errc::cannot_connect);
        http::ClientResponse empty;
        empty.status = 200;
        co_return empty;
    };
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    const auto message = pair.at_a(submitted->id);
    REQUIRE(message.attempts.size() == 2);
    CHECK_FALSE(message.attempts[0].error.empty());
    CHECK(message.attempts[1].error.empty());
}

TEST_CASE("a receipt is a receipt whatever the HTTP status", "[msh][AS4 5.1.8][TA01][TA21]")
{
    Pair pair;
    const int status = GENERATE(202, 400, 404, 500, 503);
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        auto answer = co_await pair.to_b(std::move(body));
        answer->status = status;
        answer->headers.set("Content-Type", "application/soap+xml"); // without charset
        co_return answer;
    };
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.at_a(submitted->id).attempts.at(0).http_status == status);
}

TEST_CASE(
    "an error is an error whatever the HTTP status, with a Fault or without", "[msh][EBMS 6.6]"
)
{
    Pair pair({.first = 1h, .longest = 1h, .time_to_live = 24h});
    const int status = GENERATE(200, 400, 500);
    const bool is_signed = GENERATE(true, false);
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        const auto message_id = pair.a.queue().list({}).value().front().header.message_id;
        const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
        http::ClientResponse response;
        response.status = status;
        response.headers.set("Content-Type", "application/soap+xml");
        response.body = as4::make_unsigned_error_signal(answer, message_id, base::now());
        response.body.insert(
            response.body.find("</S12:Body>"),
            "<S12:Fault><S12:Code><S12:Value>S12:Sender</S12:Value></S12:Code></S12:Fault>"
        );
        if (is_signed)
            response.body =
                as4::make_error_signal(answer, message_id, pair.exchange.b.signer, base::now())
                    .value();
        co_return response;
    };
    const auto submitted = pair.submit(pair.document());
    // An unsigned one never ends a message's life; the operator sees code and text all the same.
    const auto state = is_signed ? queue::State::bounced : queue::State::deferred;
    REQUIRE(pair.reaches(submitted->id, state));
    const auto attempt = pair.at_a(submitted->id).attempts.at(0);
    CHECK(attempt.http_status == status);
    CHECK(attempt.ebms_error == "EBMS:0303");
    CHECK(attempt.error.find("EBMS:0303 DecompressionFailure: gzip broken") != std::string::npos);
    CHECK((attempt.error.find("unsigned: ") == 0) != is_signed);
}

TEST_CASE("a SOAP Fault alone defers, and its reason is shown", "[msh][EBMS 6.6]")
{
    Pair pair({.first = 1h, .longest = 1h, .time_to_live = 24h});
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        http::ClientResponse response;
        response.status = 500;
        response.headers.set("Content-Type", "text/xml");
        response.body = "<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Body>"
                        "<S:Fault><S:Reason><S:Text>no room</S:Text></S:Reason></S:Fault></S:Body>"
                        "</S:Envelope>";
        co_return response;
    };
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::deferred));
    const auto& error = pair.at_a(submitted->id).summary.last_error;
    CHECK(error.find("HTTP 500: ") == 0);
    CHECK(error.find("SOAP Fault: no room") != std::string::npos);
}

TEST_CASE("a peer's Retry-After is the least that is waited", "[msh][RFC 9110]")
{
    Pair pair({.first = 1s, .longest = 1h, .time_to_live = 24h});
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        auto response = html(503);
        response->headers.set("Retry-After", "1800");
        co_return response;
    };
    const auto before = base::now();
    const auto submitted = pair.submit(pair.document());
    REQUIRE(pair.reaches(submitted->id, queue::State::deferred));
    CHECK(*pair.at_a(submitted->id).summary.next_try >= before + 30min);
}

TEST_CASE("a receipt for another message proves nothing", "[msh][AS4 5.1.8]")
{
    Pair pair;
    std::string kept;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        auto answer = co_await pair.to_b(std::move(body));
        if (kept.empty())
            kept = answer->body;
        else if (pair.arrived == 2)
            answer->body = kept;
        co_return answer;
    };
    const auto one = pair.submit(pair.document());
    REQUIRE(pair.reaches(one->id, queue::State::delivered));
    const auto two = pair.submit(pair.document());
    REQUIRE(pair.reaches(two->id, queue::State::delivered));
    CHECK(pair.at_a(two->id).attempts.size() == 2);
    CHECK(pair.lease().size() == 2);
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
        support::Authority().trust()};
    AccessPoint a(io, side, quick);
    a.network = [&](HttpBody body) { return pair.to_b(std::move(body)); };
    a.msh().start();
    support::ScriptedRequest request(
        "POST", "/v1/messages", support::xhe(base::uuid(), a.participant, "0203:nobody.example")
    );
    const msh::Caller caller{"mt", {a.participant}};
    const auto submitted =
        support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request));
    REQUIRE(submitted);
    REQUIRE(support::run_until(io, [&] {
        return a.queue().find(submitted->id, {})->summary.state == queue::State::bounced;
    }));
    const auto message = a.queue().find(submitted->id, {}).value();
    CHECK(message.attempts.front().ebms_error == "EBMS:0004");
    CHECK(message.attempts.front().error.find("NOT_SERVICED") != std::string::npos);
    const auto rows = pair.b.queue().list({}).value();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].state == queue::State::refused);
    CHECK(pair.b.queue().find(rows[0].id, {})->parts.empty());
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
        refused(pair.a.participant, pair.b.participant, {"mt", {"0203:other.example"}}) ==
        msh::errc::not_your_participant
    );
    CHECK(
        refused("0203:stranger.example", pair.b.participant, {"operator", {}}) ==
        msh::errc::sender_not_served
    );
    CHECK(
        refused(pair.a.participant, "0203:unknown.example", {"mt", {pair.a.participant}}) ==
        pmode::errc::unknown_peer
    );
    auto other_type = support::xhe(base::uuid(), pair.a.participant, pair.b.participant);
    other_type.replace(other_type.find("messagePayload##3.0"), 14, "anotherPayload");
    CHECK(pair.submit(other_type).error().code == pmode::errc::no_match);
    CHECK(
        refused(
            pair.a.participant + "<!-- -->", pair.b.participant + "<", {"mt", {pair.a.participant}}
        ) == xml::errc::not_well_formed
    );
}

TEST_CASE("what the peer calls a duplicate after an unknown outcome is unproven", "[msh]")
{
    Pair pair;
    int tries = 0;
    pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        if (tries++ == 0) co_return base::Error(http::errc::timeout_after);
        as4::ErrorAnswer duplicate;
        duplicate.code =
            ebms::ErrorCode{"EBMS:4001", "DuplicateDetected", "failure", "Processing", "ebMS"};
        http::ClientResponse response;
        response.status = 200;
        response.headers.set("Content-Type", "application/soap+xml");
        const auto message_id = pair.a.queue().list({}).value().front().header.message_id;
        response.body =
            as4::make_error_signal(duplicate, message_id, pair.exchange.b.signer, base::now())
                .value();
        co_return response;
    };
    const auto submitted = pair.submit(pair.document());
    CHECK(pair.reaches(submitted->id, queue::State::unproven));
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
        .now = base::now() + 1h, .lease_until = base::now() + 20ms, .owner = "dead", .most = 1};
    bool claimed = false;
    const auto take = [&] {
        pair.a.queue().claim(claim, [&](auto jobs) { claimed = jobs && jobs->size() == 1; });
        return claimed;
    };
    support::run_until(pair.io, take);
    stuck = false;
    CHECK(pair.reaches(submitted->id, queue::State::delivered));
    CHECK(pair.lease().size() == 1);
}

TEST_CASE("a restart goes on with what was kept", "[msh]")
{
    support::Exchange exchange;
    asio::io_context io{1};
    AccessPoint a(io, exchange.a, quick);
    const msh::Caller caller{"mt", {a.participant}};
    support::ScriptedRequest request(
        "POST", "/v1/messages",
        support::xhe(base::uuid(), a.participant, "0203:ap0002-test.example", noise(200'000))
    );
    const auto submitted = support::wait_for<base::Result<msh::Submitted>>(
        io, a.msh().submit(caller, request)
    ); // never started
    REQUIRE(submitted);
    a.restart();
    const auto kept = a.queue().find(submitted->id, {}).value();
    CHECK(kept.summary.state == queue::State::queued);
    CHECK(kept.summary.header.message_id == submitted->message_id);
    CHECK(a.queue().payload(submitted->id, 0, {})->size() == kept.parts[0].stored_size);
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
    CHECK(pair.b.queue().list({})->empty());
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
    const msh::Caller client{"mt-a", {a.participant}};
    const auto submitted =
        support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(client, request));
    REQUIRE(submitted);
    const auto octets =
        support::wait_for<std::string>(io, Pair::gather(a, {"operator", {}}, submitted->id));
    CHECK(octets == document);
}
