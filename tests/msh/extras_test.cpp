// SPDX-License-Identifier: Apache-2.0
// Answers that hold more than a receipt: a proof delivers, and the rest is kept and told.
#include "pair.hpp"
#include "support/signals.hpp"
#include "support/stderr_capture.hpp"

using namespace pair;
using queue::State;

namespace {

// A, whose peer answers with a SOAP message that B signed over what `inside` makes of what was
// sent. Nothing is tried twice.
struct Answering {
    std::function<std::string(const as4::Sealed&)> inside;
    int status = 200;
    Pair pair{{.first = 1h, .longest = 1h, .time_to_live = 24h}};
    std::string id;

    Answering()
    {
        pair.a.network = [this](HttpBody) -> asio::awaitable<Sent> { co_return answer(); };
    }
    Sent answer()
    {
        auto& queue = pair.a.queue();
        const auto message_id =
            queue.list({.visibility = queue::Visibility::all()}).value().front().header.message_id;
        const auto sent = queue.find_sent(message_id).value();
        const auto sealed = as4::Sealed::from_bytes(sent.sealed).value();
        http::ClientResponse response;
        response.status = status;
        response.headers.set("Content-Type", "application/soap+xml");
        response.body = support::signed_signals(inside(sealed), pair.exchange.b.signer);
        return response;
    }
    queue::Message ends_as(State state)
    {
        id = pair.submit(pair.document())->id;
        REQUIRE(pair.reaches(id, state));
        return pair.at_a(id);
    }
};

std::string detail_of(const queue::Message& message, const std::string& event)
{
    const auto found = std::ranges::find(message.events, event, &queue::Event::name);
    return found == message.events.end() ? "" : found->detail;
}

const auto warned = [](const as4::Sealed& sent) {
    return support::signal_about(
        sent.message_id,
        support::receipt(sent) + support::error(
                                     "warning", "EBMS:0004", "shortDescription=\"Other\"",
                                     "<eb:Description>the back end is slow</eb:Description>"
                                 )
    );
};

} // namespace

TEST_CASE("a warning beside a receipt is kept with the delivered message", "[msh][EBMS 5.2.3]")
{
    Answering peer;
    peer.inside = warned;
    const support::StderrCapture log;
    const auto message = peer.ends_as(State::delivered);
    CHECK(message.receipt_id == "s@b");
    CHECK(message.receipt.find("the back end is slow") != std::string::npos); // evidence is whole
    CHECK(message.attempts.at(0).error.empty());                              // nothing failed
    CHECK(message.attempts[0].ebms_error.empty());
    CHECK(message.summary.last_error.empty());
    CHECK(detail_of(message, "warning") == "EBMS:0004 Other: the back end is slow");
    CHECK(detail_of(message, "contradiction").empty());
    const auto line = log.line("receipt_warning");
    CHECK(line.find("warning") != std::string::npos);
    CHECK(line.find(peer.id) != std::string::npos);
    CHECK(line.find("the back end is slow") != std::string::npos);
}

TEST_CASE("a failure beside a proven receipt is an incident of a delivered message", "[msh]")
{
    const auto severity = GENERATE("failure", "fatal", "");
    const bool own_signal = GENERATE(false, true);
    Answering peer;
    peer.inside = [&](const as4::Sealed& sent) {
        const auto failure = support::error(severity, "EBMS:0103");
        const auto& about = sent.message_id;
        if (own_signal)
            return support::signal_about(about, failure) +
                   support::signal_about(about, support::receipt(sent));
        return support::signal_about(about, support::receipt(sent) + failure);
    };
    peer.status = own_signal ? 500 : 200;
    const support::StderrCapture log;
    const auto message = peer.ends_as(State::delivered);
    CHECK(message.summary.last_error.empty());
    CHECK(detail_of(message, "contradiction") == "EBMS:0103");
    const auto line = log.line("receipt_contradiction");
    CHECK(line.find(" error ") != std::string::npos);
    CHECK(line.find("EBMS:0103") != std::string::npos);
    CHECK(line.find("act=\"operator: ask the peer") != std::string::npos);
}

TEST_CASE("a UserMessage in an answer is not taken, and the log says so", "[msh]")
{
    Answering peer;
    peer.inside = [](const as4::Sealed& sent) {
        return support::signal_about(sent.message_id, support::receipt(sent)) + "<eb:UserMessage>" +
               support::message_info("reply@b", sent.message_id) + "</eb:UserMessage><eb:Novel/>";
    };
    const support::StderrCapture log;
    const auto message = peer.ends_as(State::delivered);
    CHECK(detail_of(message, "user_message") == "UserMessage reply@b, Novel");
    CHECK(detail_of(message, "other_content").empty());
    CHECK(peer.pair.a.queue()
              .list({.visibility = queue::Visibility::all(), .direction = queue::Direction::inbound}
              )
              ->empty());
    const auto line = log.line("receipt_user_message");
    CHECK(line.find("warning") != std::string::npos);
    CHECK(line.find("act=\"peer: send it in a request of its own\"") != std::string::npos);
}

TEST_CASE("a header block that anybody may have added is no UserMessage of the peer", "[msh]")
{
    Answering peer;
    peer.inside = [](const as4::Sealed& sent) {
        return support::signal_about(sent.message_id, support::receipt(sent));
    };
    peer.pair.a.network = [&](HttpBody) -> asio::awaitable<Sent> {
        auto answer = peer.answer();
        const std::string block = "<x:UserMessage xmlns:x=\"urn:x\" S12:mustUnderstand=\"1\"/>";
        answer->body = support::with_block(answer->body, block, support::Place::last);
        co_return answer;
    };
    const support::StderrCapture log;
    const auto message = peer.ends_as(State::delivered);
    CHECK(detail_of(message, "other_content") == "header block UserMessage (may be unsigned)");
    CHECK(log.line("receipt_other_content").find(" info ") != std::string::npos);
    CHECK(log.count("was not taken") == 0);
    CHECK(log.count("send it in a request") == 0);
}

TEST_CASE("signed warnings alone end nothing: nothing failed, and no receipt came", "[msh]")
{
    Answering peer;
    peer.inside = [](const as4::Sealed& sent) {
        return support::signal_about(
            sent.message_id,
            support::error("warning", "EBMS:0103") + support::error("Warning", "EBMS:0301")
        );
    };
    const auto message = peer.ends_as(State::deferred);
    CHECK(message.summary.last_error == "warning: EBMS:0103; EBMS:0301");
    CHECK(message.attempts.at(0).ebms_error == "EBMS:0103");
    CHECK(message.receipt.empty());
}

TEST_CASE("two receipts for one message are no proof, and that is said", "[msh][AS4 5.1.8]")
{
    Answering peer;
    peer.inside = [](const as4::Sealed& sent) {
        const auto one = support::signal_about(sent.message_id, support::receipt(sent));
        return one + one;
    };
    const auto message = peer.ends_as(State::deferred);
    CHECK(message.receipt.empty());
    CHECK(
        message.summary.last_error ==
        "several receipts name the message, and exactly one may (2 receipts)"
    );
}

TEST_CASE("what came beside a receipt that proves nothing is told with it", "[msh]")
{
    const auto user_message =
        "<eb:UserMessage>" + support::message_info("reply@b", "") + "</eb:UserMessage>";
    Answering peer;
    std::string beside;
    SECTION("two receipts")
    {
        peer.inside = [&](const as4::Sealed& sent) {
            const auto one = support::signal_about(sent.message_id, support::receipt(sent));
            return one + one + support::signal_about(sent.message_id, support::error("failure")) +
                   user_message;
        };
        beside = "beside it: EBMS:0004; UserMessage reply@b";
    }
    SECTION("other digests")
    {
        peer.inside = [&](const as4::Sealed& sent) {
            auto other = sent;
            other.references.pop_back();
            return support::signal_about(sent.message_id, support::receipt(other)) + user_message;
        };
        beside = "beside it: UserMessage reply@b";
    }
    const auto message = peer.ends_as(State::deferred);
    CAPTURE(message.summary.last_error);
    CHECK(message.summary.last_error.find(beside) != std::string::npos);
}

TEST_CASE("what a callback holds beside a receipt that proves nothing is kept", "[msh]")
{
    Pair pair({.first = 1h, .longest = 1h, .time_to_live = 24h});
    pair.a.network = [](HttpBody) -> asio::awaitable<Sent> { co_return html(503); };
    const auto id = pair.submit(pair.document())->id;
    REQUIRE(pair.reaches(id, State::deferred));
    const auto about = pair.at_a(id).summary.header.message_id;
    const auto sent = pair.a.queue().find_sent(about).value();
    auto other = as4::Sealed::from_bytes(sent.sealed).value();
    other.references.pop_back();
    const auto inside = support::signal_about(about, support::receipt(other)) + "<eb:Novel/>";
    support::ScriptedRequest request(
        "POST", "/as4", support::signed_signals(inside, pair.exchange.b.signer)
    );
    request.fields.set("Content-Type", "application/soap+xml");
    const auto answer = support::wait_for<http::Response>(pair.io, pair.a.msh().receive(request));
    CHECK(answer.status == 400);
    CHECK(detail_of(pair.at_a(id), "signal").find("beside it: Novel") != std::string::npos);
}

TEST_CASE("what came with errors alone is told with them", "[msh]")
{
    Answering peer;
    peer.inside = [](const as4::Sealed& sent) {
        return support::signal_about(sent.message_id, support::error("failure", "EBMS:0202")) +
               "<eb:UserMessage>" + support::message_info("reply@b", "") + "</eb:UserMessage>";
    };
    const auto message = peer.ends_as(State::deferred);
    CHECK(message.summary.last_error == "EBMS:0202; beside it: UserMessage reply@b");
}

TEST_CASE("a ping shows what its peer said beside the receipt", "[msh][TA16]")
{
    Pair pair;
    pair.a.network = [&](HttpBody body) -> asio::awaitable<Sent> {
        // Nothing of a ping is kept, so B's own receipt is taken apart and signed anew.
        auto answer = co_await pair.to_b(std::move(body));
        const auto begin = answer->body.find("<eb:SignalMessage>");
        const auto end = answer->body.find("</eb:SignalMessage>");
        answer->body = support::signed_signals(
            answer->body.substr(begin, end - begin) + support::error("warning") +
                "</eb:SignalMessage>",
            pair.exchange.b.signer
        );
        co_return answer;
    };
    const auto pinged = support::wait_for<base::Result<msh::Pinged>>(
        pair.io, pair.a.msh().ping(base::lower(support::party_b), 10s)
    );
    REQUIRE(pinged);
    CHECK(pinged->receipted);
    CHECK(pinged->attempt.error.empty());
    CHECK(pinged->remark == "warning: EBMS:0004");
}
