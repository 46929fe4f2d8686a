// SPDX-License-Identifier: Apache-2.0
// Several signals in one request: each is settled for the message it is about.
#include "sender.hpp"
#include "support/signals.hpp"
#include "support/stderr_capture.hpp"

using namespace sender;

namespace {

// A message that waits for its receipt.
struct Waiting {
    std::string id;
    as4::Sealed sealed;
};

struct Bundles : Sender {
    using Sender::Sender;

    Waiting waiting()
    {
        submit();
        REQUIRE(reaches(State::deferred));
        const auto sent = a.queue().find_sent(message_id).value();
        return {id, as4::Sealed::from_bytes(sent.sealed).value()};
    }
    base::Bytes sign(const std::string& inside) const
    {
        return support::signed_signals(inside, exchange.b.signer);
    }
    State state_of(const Waiting& one) { return message_of(one).summary.state; }
    queue::Message message_of(const Waiting& one)
    {
        return a.queue().find(one.id, queue::Visibility::all()).value();
    }
};

std::string receipt_for(const Waiting& one, const std::string& beside = "")
{
    return support::signal_about(
        one.sealed.message_id, support::receipt(one.sealed) + beside, "r-" + one.id + "@b"
    );
}

std::string detail_of(const queue::Message& message, const std::string& event)
{
    const auto found = std::ranges::find(message.events, event, &queue::Event::name);
    return found == message.events.end() ? "" : found->detail;
}

std::size_t count_of(const queue::Message& message, const std::string& event)
{
    return static_cast<std::size_t>(std::ranges::count(message.events, event, &queue::Event::name));
}

} // namespace

TEST_CASE("each signal of a request is settled for its own message", "[msh][EBMS 5.2.3]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto two = at.waiting();
    const auto three = at.waiting();
    const auto four = at.waiting();
    const auto soap = at.sign(
        receipt_for(one) +
        support::signal_about(two.sealed.message_id, support::error("failure", "EBMS:0103")) +
        support::signal_about(three.sealed.message_id, support::error("warning")) +
        receipt_for(four) + "<eb:Novel/>"
    );
    const auto answer = at.signal(soap);
    CHECK(answer.status == 202);
    CHECK(answer.body.empty());
    CHECK(at.state_of(one) == State::delivered);
    CHECK(at.state_of(two) == State::bounced);
    CHECK(at.state_of(three) == State::deferred);
    CHECK(at.state_of(four) == State::delivered);
    CHECK(at.message_of(one).receipt == soap);
    CHECK(at.message_of(one).receipt_id == "r-" + one.id + "@b");
    CHECK(at.message_of(four).receipt_id == "r-" + four.id + "@b");
    CHECK(detail_of(at.message_of(three), "signal").find("warning: EBMS:0004") == 0);
}

TEST_CASE("a callback with a warning delivers, and keeps the warning once", "[msh][EBMS 5.2.3]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto soap = at.sign(receipt_for(one, support::error("warning", "EBMS:0303")));
    for (int again = 0; again < 3; ++again)
        CHECK(at.signal(soap).status == 202);
    const auto message = at.message_of(one);
    CHECK(message.summary.state == State::delivered);
    CHECK(message.summary.last_error.empty());
    CHECK(detail_of(message, "warning") == "EBMS:0303");
    CHECK(count_of(message, "warning") == 1);
    CHECK(count_of(message, "delivered") == 1);
}

TEST_CASE("a callback with a receipt and a failure delivers, and is an incident", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const support::StderrCapture log;
    const auto failure =
        support::signal_about(one.sealed.message_id, support::error("failure", "EBMS:0103"));
    CHECK(at.signal(at.sign(failure + receipt_for(one))).status == 202);
    CHECK(at.state_of(one) == State::delivered);
    CHECK(detail_of(at.message_of(one), "contradiction") == "EBMS:0103");
    CHECK(log.line("receipt_contradiction").find(" error ") != std::string::npos);
}

TEST_CASE("a remark is logged once, however often its receipt is sent", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto soap = at.sign(
        receipt_for(one, support::error("warning", "EBMS:0303")) +
        support::signal_about(one.sealed.message_id, support::error("failure", "EBMS:0103")) +
        "<eb:Novel/>"
    );
    const support::StderrCapture log;
    for (int again = 0; again < 5; ++again)
        CHECK(at.signal(soap).status == 202);
    for (const auto* event : {"receipt_contradiction", "receipt_warning", "receipt_other_content"})
        CHECK(log.count(event) == 1);
    // Another failure is another incident.
    const auto other =
        support::signal_about(one.sealed.message_id, support::error("failure", "EBMS:0004"));
    CHECK(at.signal(at.sign(receipt_for(one) + other)).status == 202);
    CHECK(log.count("receipt_contradiction") == 2);
}

TEST_CASE("of a bundle what proves is settled, and the peer is told what does not", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto two = at.waiting();
    SECTION("a receipt for no message of ours")
    {
        const auto foreign =
            support::signal_about("foreign@x", support::receipt(one.sealed), "f@b");
        const auto answer = at.signal(at.sign(foreign + receipt_for(one)));
        CHECK(answer.status == 200);
        CHECK(answer.body.find("EBMS:0001") != std::string::npos);
        CHECK(answer.body.find("RefToMessageId>f@b<") != std::string::npos);
        CHECK(answer.body.find("SignatureValue") == std::string::npos);
    }
    SECTION("two receipts for another message")
    {
        const auto answer =
            at.signal(at.sign(receipt_for(two) + receipt_for(two) + receipt_for(one)));
        CHECK(answer.status == 200);
        CHECK(answer.body.find("EBMS:0302") != std::string::npos);
        CHECK(at.state_of(two) == State::deferred);
        CHECK(
            detail_of(at.message_of(two), "signal").find("several receipts") != std::string::npos
        );
    }
    SECTION("an error about no message of ours, which is never answered with one")
    {
        const auto foreign = support::signal_about("foreign@x", support::error("failure"));
        const auto answer = at.signal(at.sign(foreign + receipt_for(one)));
        CHECK(answer.status == 202);
        CHECK(answer.body.empty());
    }
    SECTION("a PullRequest")
    {
        const auto pull = support::signal(support::message_info("p@b", "") + "<eb:PullRequest/>");
        CHECK(at.signal(at.sign(pull + receipt_for(one))).status == 202);
        CHECK(detail_of(at.message_of(one), "other_content") == "PullRequest");
    }
    CHECK(at.state_of(one) == State::delivered);
}

TEST_CASE("nothing of a bundle that is not signed by the peer settles anything", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto two = at.waiting();
    const auto inside = receipt_for(one) + receipt_for(two, support::error("warning"));
    const auto forged = GENERATE(0, 1);
    const auto soap = forged == 0 ? without_security(at.sign(inside))
                                  : support::signed_signals(inside, at.exchange.a.signer);
    const auto answer = at.signal(soap);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("EBMS:0302") != std::string::npos);
    for (const auto& each : {one, two}) {
        CHECK(at.state_of(each) == State::deferred);
        CHECK(count_of(at.message_of(each), "signal") == 1);
        CHECK(count_of(at.message_of(each), "warning") == 0);
    }
}

TEST_CASE("a request is about 16 messages at most, and errors are left out first", "[msh]")
{
    Bundles at;
    const auto first = at.waiting();
    const auto failed = at.waiting();
    const auto last = at.waiting();
    std::string between;
    for (int i = 0; i < 14; ++i)
        between += support::signal_about(std::to_string(i) + "@x", support::error("failure"));
    const auto failure =
        support::signal_about(failed.sealed.message_id, support::error("failure", "EBMS:0103"));
    const auto soap = at.sign(receipt_for(first) + between + failure + receipt_for(last));
    CHECK(at.signal(soap).status == 202);
    CHECK(at.state_of(first) == State::delivered);
    CHECK(at.state_of(last) == State::delivered);
    CHECK(at.state_of(failed) == State::deferred);
}

TEST_CASE("a receipt in a request is not lost behind what proves nothing", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto other = at.waiting();
    std::string before;
    SECTION("17 errors of one signal, each about another message")
    {
        std::string errors;
        for (int i = 0; i < 17; ++i)
            errors += support::error(
                "failure", "EBMS:0004", "refToMessageInError=\"" + std::to_string(i) + "@x\""
            );
        const auto about_none = support::message_info("e@b", "");
        before = support::signal(about_none + errors);
    }
    SECTION("17 error signals")
    {
        for (int i = 0; i < 17; ++i)
            before +=
                support::signal_about(std::to_string(i) + "@x", support::error("failure"), "e@b");
    }
    SECTION("15 receipts and 2 errors")
    {
        for (int i = 0; i < 15; ++i)
            before += support::signal_about(
                std::to_string(i) + "@x", support::receipt(other.sealed), "f@b"
            );
        before += support::signal_about("15@x", support::error("failure"), "e@b") +
                  support::signal_about("16@x", support::error("failure"), "e@b");
    }
    at.signal(at.sign(before + receipt_for(one)));
    CHECK(at.state_of(one) == State::delivered);
    CHECK(at.state_of(other) == State::deferred);
}

TEST_CASE("a receipt that a request was too long for is named before any other", "[msh]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto refused = [&](int receipts) {
        std::string text;
        for (int i = 0; i < receipts; ++i)
            text += support::signal_about(
                std::to_string(i) + "@x", support::receipt(one.sealed), "f@b"
            );
        return text;
    };
    const auto error = support::signal_about("e@x", support::error("failure"), "e@b");
    const auto answer = at.signal(at.sign(refused(16) + error + receipt_for(one)));
    CHECK(answer.status == 400);
    CHECK(answer.body.find("EBMS:0008") != std::string::npos);
    CHECK(answer.body.find("RefToMessageId>r-" + one.id) != std::string::npos);
    CHECK(at.state_of(one) == State::deferred);
    CHECK(at.signal(at.sign(receipt_for(one))).status == 202);
    CHECK(at.state_of(one) == State::delivered);
}

TEST_CASE("an answer that bundles receipts settles each message", "[msh][EBMS 5.2.3]")
{
    Bundles at(GENERATE(pmode::ReplyPattern::response, pmode::ReplyPattern::callback));
    const auto earlier = at.waiting();
    const auto refused = at.waiting();
    std::function<std::string()> beside;
    bool with_own = true;
    const crypto::Signer* signer = &at.exchange.b.signer;
    at.a.network = [&](support::HttpBody) -> asio::awaitable<Sent> {
        const auto message_id = at.a.queue()
                                    .list({.visibility = queue::Visibility::all()})
                                    .value()
                                    .front()
                                    .header.message_id;
        const auto sent = at.a.queue().find_sent(message_id).value();
        const auto own = as4::Sealed::from_bytes(sent.sealed).value();
        const auto receipt = support::signal_about(message_id, support::receipt(own), "own@b");
        auto response = empty(200);
        response->headers.set("Content-Type", "application/soap+xml");
        response->body =
            support::signed_signals((with_own ? receipt : std::string()) + beside(), *signer);
        co_return response;
    };
    const auto noted = [&] { return count_of(at.message_of(earlier), "signal") == 1; };
    SECTION("the proof of an earlier message")
    {
        with_own = GENERATE(true, false);
        const auto failure = support::signal_about(
            refused.sealed.message_id, support::error("failure", "EBMS:0103")
        );
        beside = [&] { return failure + receipt_for(earlier); };
        at.submit();
        const auto delivered = [&] { return at.state_of(earlier) == State::delivered; };
        REQUIRE(support::run_until(at.io, delivered));
        CHECK(at.state() == (with_own ? State::delivered : State::deferred));
        const auto message = at.message_of(earlier);
        CHECK(message.receipt_id == "r-" + earlier.id + "@b");
        CHECK(message.attempts.size() == 1);
        CHECK_FALSE(message.summary.next_try);
        // Only what was sent is the reason for an error in its answer.
        CHECK(at.state_of(refused) == State::deferred);
    }
    SECTION("a receipt with the digests of another message")
    {
        beside = [&] {
            return support::signal_about(
                earlier.sealed.message_id, support::receipt(refused.sealed), "r@b"
            );
        };
        at.submit();
        REQUIRE(support::run_until(at.io, noted));
        CHECK(at.state() == State::delivered);
        CHECK(at.state_of(earlier) == State::deferred);
    }
    SECTION("a receipt that the peer did not sign")
    {
        signer = &at.exchange.a.signer;
        beside = [&] { return receipt_for(earlier); };
        at.submit();
        REQUIRE(support::run_until(at.io, noted));
        CHECK(at.state() == State::deferred);
        CHECK(at.state_of(earlier) == State::deferred);
    }
}

TEST_CASE("a callback is understood whatever header blocks stand beside it", "[msh][SOAP 1.2]")
{
    using support::Place;
    Bundles at;
    const auto one = at.waiting();
    auto soap = at.sign(receipt_for(one));
    soap = support::with_block(
        soap, "<o:Novel xmlns:o=\"urn:o\" S12:mustUnderstand=\"true\"/>", Place::first
    );
    soap = support::with_block(
        soap, support::messaging("<eb:UserMessage/>", "S12:role=\"urn:other\"", "m2"), Place::last
    );
    CHECK(at.signal(soap).status == 202);
    CHECK(at.state_of(one) == State::delivered);
    CHECK(
        detail_of(at.message_of(one), "other_content") ==
        "header block Novel (may be unsigned), "
        "header block Messaging (may be unsigned) for another role"
    );
}

TEST_CASE("a UserMessage beside a receipt in a request is refused as ever", "[msh][EBMS:0003]")
{
    Bundles at;
    const auto one = at.waiting();
    const auto user_message =
        "<eb:UserMessage>" + support::message_info("u@b", "") + "</eb:UserMessage>";
    const auto answer = at.signal(at.sign(receipt_for(one) + user_message));
    CHECK(answer.status == 200);
    CHECK(answer.body.find("EBMS:0003") != std::string::npos);
    CHECK(at.state_of(one) == State::deferred);
}

TEST_CASE("with callback a warning alone waits for the receipt as an empty answer does", "[msh]")
{
    Bundles at;
    at.a.network = [&](support::HttpBody) -> asio::awaitable<Sent> {
        const auto about = at.a.queue()
                               .list({.visibility = queue::Visibility::all()})
                               .value()
                               .front()
                               .header.message_id;
        auto response = empty(202);
        response->headers.set("Content-Type", "application/soap+xml");
        response->body = at.sign(support::signal_about(about, support::error("warning")));
        co_return response;
    };
    const auto one = at.waiting();
    const auto message = at.message_of(one);
    CHECK(message.summary.last_error == "waiting for the receipt; warning: EBMS:0004");
    const auto wait = *message.summary.next_try - message.attempts.at(0).started;
    CHECK(wait >= 5min);
    CHECK(wait < 6min);
    CHECK(at.signal(at.sign(receipt_for(one))).status == 202);
    CHECK(at.state_of(one) == State::delivered);
}
