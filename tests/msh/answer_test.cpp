// SPDX-License-Identifier: Apache-2.0
// What follows when answers are lost, wrong or late: another try, an end, or a proof all the same.
#include "pair.hpp"

using namespace pair;

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
        const auto message_id = pair.a.queue()
                                    .list({.visibility = queue::Visibility::all()})
                                    .value()
                                    .front()
                                    .header.message_id;
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
        const auto message_id = pair.a.queue()
                                    .list({.visibility = queue::Visibility::all()})
                                    .value()
                                    .front()
                                    .header.message_id;
        response.body =
            as4::make_error_signal(duplicate, message_id, pair.exchange.b.signer, base::now())
                .value();
        co_return response;
    };
    const auto submitted = pair.submit(pair.document());
    CHECK(pair.reaches(submitted->id, queue::State::unproven));
}
