// SPDX-License-Identifier: Apache-2.0
// Receipts and errors that come as requests of their own: what they settle, whatever state the
// message is in, and what a stranger cannot do with them.
#include "msh/msh.hpp"

#include "base/file.hpp"
#include "base/id.hpp"
#include "support/access_point.hpp"
#include "support/held_request.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using queue::State;

namespace {

namespace asio = boost::asio;
using Sent = base::Result<http::ClientResponse>;

support::Terms callback_terms(pmode::ReplyPattern reply)
{
    support::Terms terms;
    terms.pmode.receipt_reply = reply;
    terms.pmode.receipt_wait = 5min;
    return terms;
}

Sent empty(int status)
{
    http::ClientResponse response;
    response.status = status;
    return response;
}

// A before a peer B whose receipts the test holds and sends when it likes.
struct Sender {
    asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint a;
    support::AccessPoint b;
    std::vector<base::Bytes> receipts; // what B answered, in order
    std::string id;                    // of the message submitted
    std::string message_id;

    explicit Sender(
        pmode::ReplyPattern reply = pmode::ReplyPattern::callback,
        pmode::Retry retry = {.first = 1h, .longest = 1h, .time_to_live = 24h},
        msh::Settings settings = {}
    )
        : exchange(callback_terms(reply)), a(io, exchange.a, retry, std::move(settings)),
          b(io, exchange.b, {})
    {
        a.network = [this](support::HttpBody body) { return answer_with(std::move(body), 202); };
        a.msh().start();
    }
    ~Sender()
    {
        const auto stop = [](support::AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(50ms);
    }

    asio::awaitable<void> to_b(support::HttpBody body)
    {
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets));
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        receipts.push_back(std::move(answer.body));
    }
    asio::awaitable<Sent> answer_with(support::HttpBody body, int status)
    {
        co_await to_b(std::move(body));
        co_return empty(status);
    }
    void submit()
    {
        const msh::Caller caller{"mt", {a.participant}};
        support::ScriptedRequest request(
            "POST", "/v1/messages", support::xhe(base::uuid(), a.participant, b.participant)
        );
        const auto submitted =
            support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request))
                .value();
        id = submitted.id;
        message_id = submitted.message_id;
    }
    queue::Message message() { return a.queue().find(id, {}).value(); }
    State state() { return message().summary.state; }
    bool reaches(State wanted)
    {
        return support::run_until(io, [&] { return state() == wanted; });
    }
    asio::awaitable<http::Response>
    post(base::Bytes soap, std::string type = "application/soap+xml")
    {
        support::ScriptedRequest request("POST", "/as4", std::move(soap));
        request.fields.set("Content-Type", std::move(type));
        co_return co_await a.msh().receive(request);
    }
    http::Response signal(const base::Bytes& soap)
    {
        return support::wait_for<http::Response>(io, post(soap));
    }
    // An error of B about the message.
    base::Bytes error(const ebms::ErrorCode& code, const std::string& detail)
    {
        as4::ErrorAnswer answer;
        answer.code = code;
        answer.detail = detail;
        return as4::make_error_signal(answer, message_id, exchange.b.signer, base::now()).value();
    }
    base::Bytes unsigned_error(const std::string& about)
    {
        as4::ErrorAnswer answer;
        answer.code = ebms::other;
        answer.detail = "NOT_SERVICED";
        return as4::make_unsigned_error_signal(answer, about, base::now());
    }
    std::size_t events(const std::string& name)
    {
        const auto all = message().events;
        return static_cast<std::size_t>(std::ranges::count(all, name, &queue::Event::name));
    }
};

base::Bytes without_security(base::Bytes soap)
{
    const auto begin = soap.find("<wsse:Security");
    soap.erase(begin, soap.find("</wsse:Security>") + 16 - begin);
    return soap;
}

} // namespace

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

TEST_CASE("a receipt is taken while the disk is short, and no message", "[msh]")
{
    msh::Settings settings; // below the mark, above its half
    settings.watermarks.disk_close =
        *base::free_space(std::filesystem::temp_directory_path()) / 2 * 3;
    settings.watermarks.disk_open = settings.watermarks.disk_close;
    Sender sender(pmode::ReplyPattern::callback, {.first = 1h, .longest = 1h}, settings);
    sender.submit(); // nothing was measured yet
    REQUIRE(sender.reaches(State::deferred));
    const auto& pressure = sender.a.msh().pressure();
    REQUIRE(support::run_until(sender.io, [&] { return pressure.measured(); }));
    REQUIRE(pressure.of_messages() == msh::Shortage::disk);
    REQUIRE_FALSE(pressure.exhausted());

    const auto packed = support::pack(sender.exchange.b, sender.exchange.a, base::now());
    const auto wire = support::wire(packed, sender.exchange.b, sender.exchange.a);
    const auto post = [&](const std::string& octets) {
        return support::wait_for<http::Response>(sender.io, sender.post(octets, wire.content_type));
    };
    const auto message = post(wire.octets);
    CHECK(message.status == 503);
    CHECK(message.headers.get("Retry-After"));
    CHECK(sender.a.queue().list({.direction = queue::Direction::inbound})->empty());
    // More than a receipt can be is not read.
    CHECK(post(std::string(65 << 10, 'x')).status == 503);
    CHECK(pressure.refusals().at(static_cast<std::size_t>(msh::Shortage::disk)) == 2);

    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}

TEST_CASE("a receipt finds a place although messages hold all of theirs", "[msh]")
{
    msh::Settings settings; // below the mark, above its half
    settings.watermarks.disk_close =
        *base::free_space(std::filesystem::temp_directory_path()) / 2 * 3;
    settings.watermarks.disk_open = settings.watermarks.disk_close;
    settings.receiving = 1;
    Sender sender(pmode::ReplyPattern::callback, {.first = 1h, .longest = 1h}, settings);
    const auto packed = support::pack(sender.exchange.b, sender.exchange.a, base::now());
    const auto body = support::wire(packed, sender.exchange.b, sender.exchange.a);
    support::HeldRequest message(sender.io, body, 100);
    std::optional<http::Response> answer;
    const auto done = [&](std::exception_ptr, http::Response given) {
        answer.emplace(std::move(given));
    };
    asio::co_spawn(sender.io, sender.a.msh().receive(message), done);
    sender.submit(); // nothing was measured yet
    REQUIRE(sender.reaches(State::deferred));
    const auto& pressure = sender.a.msh().pressure();
    REQUIRE(support::run_until(sender.io, [&] { return pressure.measured(); }));
    REQUIRE(pressure.of_messages() == msh::Shortage::disk);
    REQUIRE(message.waits());

    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
    message.release(true);
    REQUIRE(support::run_until(sender.io, [&] { return answer.has_value(); }));
    CHECK(answer->status == 200);
}

TEST_CASE("a receipt that looks expired by a clock that jumped is put off, not refused", "[msh]")
{
    base::Duration ahead{};
    msh::Settings settings;
    settings.clocks = [&ahead] {
        auto now = msh::read_clocks();
        now.wall += ahead;
        return now;
    };
    Sender sender(pmode::ReplyPattern::callback, {.first = 1h, .longest = 1h}, settings);
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    ahead = 24h * 36500;
    const auto answer = sender.signal(sender.receipts.at(0));
    CHECK(answer.status == 503);
    CHECK(answer.headers.get("Retry-After"));
    CHECK(sender.events("signal") == 0);
    // What no date can mend is refused as ever.
    CHECK(sender.signal(without_security(sender.receipts[0])).status == 400);
    ahead = {};
    CHECK(sender.signal(sender.receipts[0]).status == 202);
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

TEST_CASE(
    "a receipt that proves nothing is refused with EBMS:0302, unsigned, and settles nothing",
    "[msh][AS4 5.1.8][facts attack 24]"
)
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    auto forged = sender.receipts.at(0);
    SECTION("unsigned")
    {
        forged = without_security(forged);
    }
    SECTION("changed after signing")
    {
        forged[forged.find("<eb:Timestamp>") + 14] = '3';
    }
    SECTION("signed by ourselves")
    {
        ebms::MessageInfo info{base::now(), "r@x", sender.message_id};
        wss::ToSign to_sign{ebms::write_receipt(info, {"<x/>"}, "m"), "m", {}};
        forged = wss::sign(to_sign, sender.exchange.a.signer).value().soap;
    }
    SECTION("of the peer, for other digests")
    {
        ebms::MessageInfo info{base::now(), "r@x", sender.message_id};
        const base::Bytes reference =
            "<ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"#a\">"
            "<ds:DigestMethod Algorithm=\"x\"></ds:DigestMethod><ds:DigestValue>YWJj"
            "</ds:DigestValue></ds:Reference>";
        wss::ToSign to_sign{ebms::write_receipt(info, {reference}, "m"), "m", {}};
        forged = wss::sign(to_sign, sender.exchange.b.signer).value().soap;
    }
    const auto answer = sender.signal(forged);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("EBMS:0302") != base::Bytes::npos);
    CHECK(answer.body.find("SignatureValue") == base::Bytes::npos);
    CHECK(sender.state() == State::deferred);
    CHECK(sender.message().receipt.empty());
    CHECK(sender.events("signal") == 1);
    CHECK(sender.signal(sender.receipts[0]).status == 202); // the true one still counts
    CHECK(sender.state() == State::delivered);
}

TEST_CASE(
    "a signal about no message of ours is refused; an error is never answered with an error",
    "[msh][EBMS 6.6]"
)
{
    Sender sender;
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    const auto foreign = base::uuid() + "@elsewhere";
    auto receipt = sender.receipts.at(0);
    receipt.replace(receipt.find(sender.message_id), sender.message_id.size(), foreign);
    const auto answer = sender.signal(receipt);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("EBMS:0001") != base::Bytes::npos);
    CHECK(answer.body.find("ValueNotRecognized") != base::Bytes::npos);
    CHECK(answer.body.find("SignatureValue") == base::Bytes::npos);
    for (const auto& about : {foreign, std::string()}) {
        const auto silent = sender.signal(sender.unsigned_error(about));
        CHECK(silent.status == 400);
        CHECK(silent.body.find("Error") == base::Bytes::npos);
    }
    // What we received is not what we sent.
    const auto inbound = sender.b.queue().list({}).value().at(0).header.message_id;
    CHECK(sender.b.queue().find_sent(inbound).error().code == queue::errc::not_found);
}

TEST_CASE("without callback an empty 2xx is no proof, yet a callback is taken", "[msh]")
{
    Sender sender(pmode::ReplyPattern::response);
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    CHECK(sender.message().summary.last_error == "the answer is empty");
    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}
