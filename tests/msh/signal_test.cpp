// SPDX-License-Identifier: Apache-2.0
// Receipts and errors that come as requests of their own: what they settle, whatever state the
// message is in.
#include "sender.hpp"
#include "support/stderr_capture.hpp"

using namespace sender;

TEST_CASE(
    "with callback an empty 2xx waits for the receipt, which then delivers the message",
    "[msh][AS4 5.1.8][AS4 3.2][TA22]"
)
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    const auto waiting = sender.message();
    CHECK(waiting.summary.last_error == "waiting for the receipt");
    CHECK(waiting.attempts.at(0).http_status == 202);
    const auto wait = *waiting.summary.next_try - waiting.attempts[0].started;
    CHECK(wait >= 5min);
    CHECK(wait < 6min);

    const auto answer = sender.signal(sender.receipts.at(0));
    CHECK(answer.status == 202);
    CHECK(answer.body.empty());
    const auto delivered = sender.message();
    CHECK(delivered.summary.state == State::delivered);
    CHECK(delivered.receipt == sender.receipts[0]);
    CHECK(
        crypto::Certificate::from_der(delivered.receipt_signer)->common_name() == support::party_b
    );
    CHECK(delivered.attempts.size() == 1);
    CHECK_FALSE(sender.a.queue().next_due(base::now())->has_value());

    // The same receipt again is taken again and changes nothing.
    CHECK(sender.signal(sender.receipts[0]).status == 202);
    CHECK(sender.events("delivered") == 1);
    CHECK(sender.events("signal") == 0);
}

TEST_CASE("a callback is understood in a multipart body and behind a byte order mark", "[msh]")
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    const auto as_part = "--b\r\nContent-Type: application/soap+xml\r\n\r\n\xEF\xBB\xBF" +
                         sender.receipts.at(0) + "\r\n--b--\r\n";
    const auto answer = support::wait_for<http::Response>(
        sender.io,
        sender.post(as_part, "multipart/related; boundary=b; type=\"application/soap+xml\"")
    );
    CHECK(answer.status == 202);
    CHECK(sender.state() == State::delivered);
}

TEST_CASE("a receipt that overtakes its own attempt is not undone by it", "[msh][AS4 3.2]")
{
    Sender sender;
    const auto answer = GENERATE(0, 1);
    sender.a.network = [&](support::HttpBody body) -> asio::awaitable<Sent> {
        co_await sender.to_b(std::move(body));
        const auto taken = co_await sender.post(sender.receipts.back());
        CHECK(taken.status == 202);
        if (answer == 0) co_return base::Error(http::errc::timeout_after);
        co_return empty(202);
    };
    sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.message().attempts.size() == 1; }));
    const auto message = sender.message();
    CHECK(message.summary.state == State::delivered);
    CHECK(message.summary.last_error.empty());
    CHECK(message.receipt == sender.receipts.at(0));
    CHECK(message.summary.attempts == 1);
    CHECK_FALSE(message.attempts[0].error.empty());
    CHECK(message.events.back().name == "delivered");
}

TEST_CASE("a late proof wins over unproven and expired", "[msh][TA10]")
{
    const bool duplicate = GENERATE(true, false);
    const pmode::Retry quick{.first = 1ms, .longest = 1ms, .time_to_live = 1h};
    const pmode::Retry hopeless{.first = 2h, .longest = 2h, .time_to_live = 1h}; // no second try
    Sender sender(pmode::ReplyPattern::response, duplicate ? quick : hopeless);
    sender.a.network = [&](support::HttpBody body) -> asio::awaitable<Sent> {
        if (sender.receipts.empty()) {
            co_await sender.to_b(std::move(body));
            co_return base::Error(http::errc::timeout_after);
        }
        auto response = empty(200);
        response->headers.set("Content-Type", "application/soap+xml");
        response->body = sender.error(ebms::other, "was already handled (this is a duplicate)");
        co_return response;
    };
    sender.submit();
    REQUIRE(sender.reaches(duplicate ? State::unproven : State::expired));
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
    CHECK(sender.message().receipt == sender.receipts[0]);
}

TEST_CASE("a receipt for a bounced message is kept as evidence, and the message stays", "[msh]")
{
    const support::StderrCapture log;
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    CHECK(sender.signal(sender.error(ebms::policy_noncompliance, "")).status == 202);
    REQUIRE(sender.state() == State::bounced);
    for (int again = 0; again < 2; ++again)
        CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::bounced);
    CHECK(sender.message().receipt == sender.receipts[0]);
    CHECK(sender.events("signal") >= 1);
    // Two words of the peer: the operator must know, once.
    CHECK(sender.events("after_bounce") == 1);
    CHECK(log.count(" receipt_after_bounce ") == 1);
    CHECK(log.line("receipt_after_bounce").find(" error ") != std::string::npos);
}

TEST_CASE("a failure in another SOAP message than the receipt is an incident too", "[msh]")
{
    const support::StderrCapture log;
    const auto reply = GENERATE(pmode::ReplyPattern::callback, pmode::ReplyPattern::response);
    Sender sender(reply);
    const auto answered = [&](base::Bytes soap) {
        auto response = empty(200);
        response->headers.set("Content-Type", "application/soap+xml");
        response->body = std::move(soap);
        return response;
    };
    SECTION("in a request after the receipt")
    {
        sender.submit();
        REQUIRE(sender.reaches(State::deferred));
        REQUIRE(sender.signal(sender.receipts.at(0)).status == 202);
        for (int again = 0; again < 3; ++again)
            CHECK(sender.signal(sender.error(ebms::policy_noncompliance, "")).status == 202);
    }
    SECTION("in the answer of the attempt that the receipt overtook")
    {
        sender.a.network = [&](support::HttpBody body) -> asio::awaitable<Sent> {
            co_await sender.to_b(std::move(body));
            sender.message_id = sender.a.queue()
                                    .list({.visibility = queue::Visibility::all()})
                                    .value()
                                    .front()
                                    .header.message_id;
            co_await sender.post(sender.receipts.back());
            co_return answered(sender.error(ebms::policy_noncompliance, ""));
        };
        sender.submit();
        REQUIRE(support::run_until(sender.io, [&] { return sender.message().attempts.size() == 1; })
        );
    }
    CHECK(sender.state() == State::delivered);
    CHECK(sender.events("contradiction") == 1);
    CHECK(log.count(" receipt_contradiction ") == 1);
    CHECK(log.line("receipt_contradiction").find(" error ") != std::string::npos);
}

TEST_CASE("a receipt in the answer of an attempt that a failure overtook is an incident", "[msh]")
{
    const support::StderrCapture log;
    Sender sender;
    sender.a.network = [&](support::HttpBody body) -> asio::awaitable<Sent> {
        co_await sender.to_b(std::move(body));
        sender.message_id = sender.a.queue()
                                .list({.visibility = queue::Visibility::all()})
                                .value()
                                .front()
                                .header.message_id;
        const auto refusal = sender.error(ebms::policy_noncompliance, "");
        co_await sender.post(refusal);
        auto response = empty(200);
        response->headers.set("Content-Type", "application/soap+xml");
        response->body = sender.receipts.back();
        co_return response;
    };
    sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.message().attempts.size() == 1; }));
    CHECK(sender.state() == State::bounced);
    CHECK(sender.message().receipt == sender.receipts.at(0));
    CHECK(sender.events("after_bounce") == 1);
    CHECK(log.count(" receipt_after_bounce ") == 1);
}

TEST_CASE("what does not contradict a receipt is no incident", "[msh]")
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    // The message was tried again after this one.
    CHECK(sender.signal(sender.error(ebms::other, "the back end is down")).status == 202);
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.signal(sender.error(ebms::other, "this is a duplicate")).status == 202);
    CHECK(sender.signal(sender.unsigned_error(sender.message_id)).status == 202);
    CHECK(sender.state() == State::delivered);
    CHECK(sender.events("contradiction") == 0);
    CHECK(sender.events("after_bounce") == 0);
}

TEST_CASE("a signed error by callback settles like one in the answer", "[msh][EBMS 6.6]")
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    const auto before = sender.message().summary.next_try;
    // One that may pass is shown, and changes nothing.
    CHECK(sender.signal(sender.error(ebms::other, "the back end is down")).status == 202);
    CHECK(sender.state() == State::deferred);
    CHECK(sender.message().summary.next_try == before);
    CHECK(sender.message().events.back().detail.find("the back end is down") != std::string::npos);
    CHECK(sender.signal(sender.error(ebms::other, "NOT_SERVICED")).status == 202);
    CHECK(sender.state() == State::bounced);
    CHECK(sender.message().summary.last_error.find("NOT_SERVICED") != std::string::npos);
}

TEST_CASE("without callback a signed error in a request of its own ends nothing", "[msh]")
{
    Sender sender(pmode::ReplyPattern::response);
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    // As anybody may have it who sends the peer something broken under our MessageId.
    CHECK(sender.signal(sender.error(ebms::policy_noncompliance, "")).status == 202);
    CHECK(sender.state() == State::deferred);
    CHECK(sender.message().events.back().detail.find("EBMS:0103") == 0);
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}

TEST_CASE("a duplicate by callback while the first attempt runs is no other's message", "[msh]")
{
    Sender sender;
    sender.a.network = [&](support::HttpBody body) -> asio::awaitable<Sent> {
        co_await sender.to_b(std::move(body));
        const auto duplicate = sender.error(ebms::other, "this is a duplicate");
        const auto taken = co_await sender.post(duplicate);
        CHECK(taken.status == 202);
        co_return empty(202);
    };
    sender.submit();
    REQUIRE(support::run_until(sender.io, [&] { return sender.message().attempts.size() == 1; }));
    CHECK(sender.state() == State::unproven);
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}

TEST_CASE("an unsigned error by callback is shown and ends nothing, however often", "[msh]")
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    for (int i = 0; i < 30; ++i)
        CHECK(sender.signal(sender.unsigned_error(sender.message_id)).status == 202);
    CHECK(sender.state() == State::deferred);
    CHECK(sender.message().summary.last_error == "waiting for the receipt");
    CHECK(sender.events("signal") == 20); // bounded
    CHECK(sender.message().events.back().detail.find("unsigned: EBMS:0004") == 0);
}

TEST_CASE("without callback an empty 2xx is no proof, yet a callback is taken", "[msh]")
{
    Sender sender(pmode::ReplyPattern::response);
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    CHECK(sender.message().summary.last_error == "the HTTP answer has no body");
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}
