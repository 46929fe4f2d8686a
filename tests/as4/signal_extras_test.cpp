// SPDX-License-Identifier: Apache-2.0
// Receipts and errors with more in their security header than the profile needs: what is proven is
// a proof, whatever stands beside it.
#include "answers.hpp"
#include "recipe.hpp"
#include "support/stderr_capture.hpp"

using namespace std::chrono_literals;
using answers::error_soap;
using answers::Script;

namespace {

// A receipt with a signed Timestamp.
base::Bytes stamped_receipt(const Script& script, base::Time created)
{
    const ebms::MessageInfo info{
        answers::exchange().now, "receipt@b.example", script.ref_to_message_id
    };
    wss::ToSign to_sign{ebms::write_receipt(info, script.references, "messaging"), "messaging", {}};
    to_sign.timestamp = {"TS", created, created + 5min};
    return wss::sign(to_sign, *script.signer).value().soap;
}

base::Bytes with(base::Bytes soap, const std::string& extra)
{
    replace(soap, "</wsse:Security>", extra + "</wsse:Security>");
    return soap;
}

} // namespace

TEST_CASE("a receipt with a signed Timestamp is a proof, fresh or not", "[as4][AS4 5.1.8]")
{
    const Script script;
    for (const auto off :
         {base::Duration(0), base::Duration(-24h * 400), base::Duration(24h * 400)}) {
        const auto soap = stamped_receipt(script, answers::exchange().now + off);
        CHECK(script.outcome(soap) == boost::system::error_code());
        auto changed = soap;
        replace(changed, "</wsu:Created>", " </wsu:Created>");
        CHECK(script.outcome(changed) == as4::errc::receipt_signature);
    }
    auto strange = stamped_receipt(script, answers::exchange().now);
    sign_timestamp(strange, "<wsu:Created>z</wsu:Created>", *script.signer);
    CHECK(script.outcome(strange) == boost::system::error_code());
}

TEST_CASE("old signals that are sent again do not fill the log", "[as4]")
{
    const Script script;
    const auto soap = stamped_receipt(script, answers::exchange().now - 24h * 400);
    const support::StderrCapture log;
    for (int again = 0; again < 100; ++again)
        CHECK(script.outcome(soap) == boost::system::error_code());
    // 30 in a minute. A second minute may begin meanwhile, with a line about the first.
    CHECK(log.count("signal_not_fresh") <= 61);
}

TEST_CASE("extras beside a receipt's signature change nothing of its proof", "[as4][WSS 1.1.1]")
{
    const Script script;
    const std::vector<std::string> extras{
        "<wsu:Timestamp><wsu:Created>1999-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>",
        "<wsse11:SignatureConfirmation xmlns:wsse11=\"" + std::string(wss::uri::wsse11) +
            "\" Value=\"AAAA\"/>",
        "<wsse:BinarySecurityToken ValueType=\"urn:x\">AAAA</wsse:BinarySecurityToken>",
        "<wsse:UsernameToken><wsse:Username>x</wsse:Username></wsse:UsernameToken>",
        "<xenc:EncryptedKey xmlns:xenc=\"" + std::string(wss::uri::xenc) + "\"/>",
        "<x xmlns=\"urn:x\"/>"
    };
    for (const auto& extra : extras) {
        INFO(extra);
        CHECK(script.outcome(with(script.soap(), extra)) == boost::system::error_code());
        const auto error = script.read(
            with(error_soap(script.sent.message_id, answers::exchange().b.signer), extra)
        );
        REQUIRE(error);
        CHECK(std::get<as4::PeerError>(*error).authentic);
        // Nor do they make a proof of what is none.
        auto bare = with(script.soap(), extra);
        const auto begin = bare.find("<ds:Signature ");
        bare.erase(begin, bare.find("</ds:Signature>") + 15 - begin);
        CHECK(script.outcome(bare) == as4::errc::receipt_unsigned);
        auto stranger = script;
        stranger.signer = &answers::exchange().a.signer;
        CHECK(stranger.outcome(with(stranger.soap(), extra)) == as4::errc::receipt_signer);
        auto tampered = with(script.soap(), extra);
        replace(tampered, "receipt@b.example", "forged@b.example");
        CHECK(script.outcome(tampered) == as4::errc::receipt_signature);
    }
}

TEST_CASE("what a receipt's signature covers in another way is named", "[as4][WSS 1.1.1]")
{
    const Script script;
    const auto soap = sign_also(
        script.soap(),
        "<ds:Reference URI=\"#x\"><ds:Transforms><ds:Transform Algorithm=\"urn:x\"/>"
        "</ds:Transforms></ds:Reference>",
        *script.signer
    );
    const auto answer = script.read(soap);
    REQUIRE(answer);
    const auto& proof = std::get<as4::ReceiptProof>(*answer);
    CHECK(proof.other_content == "1 signed reference not verified");
    const auto stranger = sign_also(script.soap(), "<ds:Reference/>", answers::exchange().a.signer);
    CHECK(script.outcome(stranger) == as4::errc::receipt_signature);
}

TEST_CASE("a UserMessage with such extras is refused", "[as4]")
{
    for (const auto* extra : {"<wsse:UsernameToken/>", "<x xmlns=\"urn:x\"/>", "<wsu:Received/>"}) {
        Recipe recipe(exchange());
        recipe.after_signing =
            replacing("</wsse:Security>", std::string(extra) + "</wsse:Security>");
        CHECK(refused(recipe) == "EBMS:0103");
    }
}
