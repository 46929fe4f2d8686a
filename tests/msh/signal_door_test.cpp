// SPDX-License-Identifier: Apache-2.0
// Which receipts and errors get in as requests of their own: while something is short or the clock
// is wrong, and what a stranger cannot do with them.
#include "base/file.hpp"
#include "sender.hpp"
#include "support/held_request.hpp"
#include "support/signals.hpp"

using namespace sender;

TEST_CASE("a receipt is taken while the disk is short, and no message", "[msh]")
{
    msh::Settings settings; // below the mark, above its half
    settings.watermarks.disk_stop =
        *base::free_space(std::filesystem::temp_directory_path()) / 2 * 3;
    settings.watermarks.disk_resume = settings.watermarks.disk_stop;
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
    CHECK(sender.a.queue()
              .list({.visibility = queue::Visibility::all(), .direction = queue::Direction::inbound}
              )
              ->empty());
    // More than a receipt can be is not read.
    CHECK(post(std::string(65 << 10, 'x')).status == 503);
    CHECK(pressure.refusals().at(static_cast<std::size_t>(msh::Shortage::disk)) == 2);

    CHECK(sender.signal(sender.receipts.at(0)).status == 202);
    CHECK(sender.state() == State::delivered);
}

TEST_CASE("a receipt finds a place although messages hold all of theirs", "[msh]")
{
    msh::Settings settings; // below the mark, above its half
    settings.watermarks.disk_stop =
        *base::free_space(std::filesystem::temp_directory_path()) / 2 * 3;
    settings.watermarks.disk_resume = settings.watermarks.disk_stop;
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

TEST_CASE("a receipt with an expired signer is put off by its own peer's certificates", "[msh]")
{
    Sender sender;
    const support::Authority authority;
    const std::vector<crypto::Certificate> over{
        authority.expired_identity("AP0003-TEST").certificate(),
        authority.expired_identity("AP0004-TEST").certificate()
    };
    const auto& name = sender.exchange.a.peer().name;
    const bool its_own = GENERATE(true, false);
    sender.a.witnesses = {
        {"", {sender.exchange.a.signer.certificate()}}, {its_own ? name : "c", over}
    };
    sender.stop_a();
    sender.a.restart();
    sender.a.msh().start();
    sender.submit();
    REQUIRE(sender.reaches(State::deferred));
    const auto sent = sender.a.queue().find_sent(sender.message_id).value();
    const auto sealed = as4::Sealed::from_bytes(sent.sealed).value();
    const auto receipt = support::signed_signals(
        support::signal_about(sender.message_id, support::receipt(sealed)),
        authority.expired_identity(support::party_b).signer()
    );
    CHECK(sender.signal(receipt).status == (its_own ? 503 : 400));
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
    const auto inbound = sender.b.queue()
                             .list({.visibility = queue::Visibility::all()})
                             .value()
                             .at(0)
                             .header.message_id;
    CHECK(sender.b.queue().find_sent(inbound).error().code == queue::errc::not_found);
}
