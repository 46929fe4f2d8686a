// SPDX-License-Identifier: Apache-2.0
// What proves that the peer has the message, and what does not (facts: attack 24).
#include "answers.hpp"

#include <algorithm>

using namespace answers;

TEST_CASE("the receipt that the other side gives is a proof", "[as4][AS4 5.1.8]")
{
    const auto& [a, b, now] = exchange();
    const auto packed = support::pack(
        a, b, now, {{"message", "text/xml", "<a/>"}, {"sec%nd@x", "text/plain", "x", false}}
    );
    const auto context = b.context();
    const auto verified = support::unpack(context, support::wire(packed, a, b), now);
    REQUIRE(verified);
    const auto receipt = as4::make_receipt(*verified, b.signer, now);
    const auto answer =
        as4::read_answer(soap_type, receipt.value().soap, packed.sealed, a.peer(), a.trust, now);
    REQUIRE(answer);
    const auto& proof = std::get<as4::ReceiptProof>(*answer);
    CHECK(proof.message_id == receipt->message_id);
    CHECK(proof.signer == b.signer.certificate());
    CHECK(proof.soap == receipt->soap);
}

TEST_CASE("references may come in any order and spelling of the cid", "[as4][AS4 5.1.8]")
{
    Script script;
    CHECK(script.outcome() == boost::system::error_code());
    std::reverse(script.references.begin(), script.references.end());
    CHECK(script.outcome() == boost::system::error_code());
    script.references.front() = reference("cid:%6Dessage", script.sent.references.back().digest);
    CHECK(script.outcome() == boost::system::error_code());
}

TEST_CASE("a receipt for other references than ours is no proof", "[as4][AS4 5.1.8]")
{
    Script script;
    SECTION("one missing")
    {
        script.references.pop_back();
    }
    SECTION("one more")
    {
        script.references.push_back(reference("cid:more", crypto::sha256("x")));
    }
    SECTION("one twice")
    {
        script.references.push_back(script.references.front());
    }
    SECTION("one twice instead of another")
    {
        script.references[0] = script.references[1];
    }
    SECTION("another digest")
    {
        script.references.back() = reference("cid:message", crypto::sha256("x"));
    }
    SECTION("another method")
    {
        script.references.back() =
            reference("cid:message", script.sent.references.back().digest, wss::uri::sha1);
    }
    SECTION("another URI")
    {
        script.references.back() = reference("cid:other", script.sent.references.back().digest);
    }
    SECTION("a digest that is no base64")
    {
        script.references.back().replace(
            script.references.back().find("DigestValue>") + 12, 1, "!"
        );
    }
    SECTION("for another message")
    {
        script.ref_to_message_id = "other@example";
    }
    CHECK(script.outcome() == as4::errc::receipt_reference);
}

TEST_CASE("a receipt for another message of the same content is no proof", "[as4][facts attack 20]")
{
    const Script first;
    const Script second;
    CHECK(second.outcome(first.soap()) == as4::errc::receipt_reference);
}

TEST_CASE("an unsigned receipt proves nothing", "[as4][AS4 5.1.8]")
{
    const Script script;
    CHECK(script.outcome(unsigned_form(script.soap())) == as4::errc::receipt_unsigned);
    auto bare = script.soap();
    const auto begin = bare.find("<ds:Signature ");
    bare.erase(begin, bare.find("</ds:Signature>") + 15 - begin);
    CHECK(script.outcome(bare) == as4::errc::receipt_unsigned);
}

TEST_CASE("a receipt whose signer is not accepted says which of the reasons", "[as4][TM-UB 2.14.1]")
{
    const support::Authority federation;
    const auto signed_by = [](const support::Identity& identity) {
        Script script;
        const auto signer = identity.signer();
        script.signer = &signer;
        const auto answer = script.read(script.soap());
        REQUIRE_FALSE(answer);
        const auto text = answer.error().text();
        CAPTURE(text);
        CHECK(text.find(crypto::described(identity.certificate())) != std::string::npos);
        return answer.error();
    };
    SECTION("another party: ourselves")
    {
        const auto error = signed_by(exchange().a.identity);
        CHECK(error.code == as4::errc::receipt_signer);
        CHECK(error.text().find(support::party_b) != std::string::npos);
    }
    SECTION("another party of the federation")
    {
        const auto error = signed_by(federation.identity("AP0003-TEST"));
        CHECK(error.code == as4::errc::receipt_signer);
    }
    SECTION("the right name, issued by an unknown CA")
    {
        const auto error = signed_by(support::Authority("stranger").identity(support::party_b));
        CHECK(error.code == as4::errc::receipt_signer_untrusted);
        CHECK(error.text().find("node.trust") != std::string::npos);
    }
    SECTION("the right name, expired")
    {
        const auto error = signed_by(federation.expired_identity(support::party_b));
        CHECK(error.code == as4::errc::receipt_signer_untimely);
        CHECK(error.text().find("2021-01-01") != std::string::npos);
    }
    SECTION("the right name, a key usage without digitalSignature")
    {
        const auto error = signed_by(federation.encryption_only_identity(support::party_b));
        CHECK(error.code == as4::errc::receipt_signer_unfit);
    }
}

TEST_CASE("a tampered receipt proves nothing", "[as4][AS4 5.1.8]")
{
    Script script;
    auto soap = script.soap();
    SECTION("in the header")
    {
        const auto at = soap.find("<eb:Timestamp>") + 14;
        soap[at] = '3';
        CHECK(script.outcome(soap) == as4::errc::receipt_signature);
    }
    SECTION("in the signature's value")
    {
        const auto at = soap.find("<ds:SignatureValue>") + 25;
        soap[at] = soap[at] == 'A' ? 'B' : 'A';
        CHECK(script.outcome(soap) == as4::errc::receipt_signature);
    }
    SECTION("by an algorithm that is not agreed")
    {
        const std::string agreed = "xmldsig-more#rsa-sha256";
        soap.replace(soap.find(agreed), agreed.size(), "xmldsig-more#hmac-sha256");
        CHECK(script.outcome(soap) == as4::errc::receipt_signature);
    }
}

TEST_CASE("no bit of a receipt can change unnoticed", "[as4]")
{
    const Script script;
    const auto soap = script.soap();
    for (std::size_t at = 0; at < soap.size(); at += 5) {
        auto damaged = soap;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 7)));
        const auto answer = script.read(damaged);
        if (!answer) continue;
        INFO("at " << at << ": " << soap.substr(at > 20 ? at - 20 : 0, 40));
        // Outside of what is signed a flip may be harmless; the proof then is the same.
        REQUIRE(std::holds_alternative<as4::ReceiptProof>(*answer));
        CHECK(std::get<as4::ReceiptProof>(*answer).message_id == "receipt@b.example");
        CHECK(std::get<as4::ReceiptProof>(*answer).signer == exchange().b.signer.certificate());
    }
}

TEST_CASE("an answer that is no signal leaves the outcome unknown", "[as4]")
{
    const Script script;
    const auto& [a, b, now] = exchange();
    CHECK(script.outcome("") == as4::errc::answer_empty);
    CHECK(script.outcome("<html>busy</html>") == as4::errc::answer_unreadable);
    CHECK(script.outcome("garbage") == as4::errc::answer_unreadable);
    CHECK(script.outcome(script.soap().substr(0, 2000)) == as4::errc::answer_unreadable);
    CHECK(
        script.outcome(script.soap() + base::Bytes(2 << 20, ' ')) == as4::errc::answer_unreadable
    );
    CHECK(script.outcome("<!DOCTYPE a>" + script.soap()) == as4::errc::answer_unreadable);
    CHECK(
        script.outcome(support::pack(b, a, now, {}).sealed.envelope) == as4::errc::answer_unreadable
    );
}

TEST_CASE("which message a signal claims to be about is known before any proof", "[as4]")
{
    using Claim = as4::ReceivedSignals::Claim;
    const Script script;
    const auto claim_of = [](const base::Bytes& soap) {
        const auto claims = as4::ReceivedSignals::read(soap).value().claims();
        REQUIRE(claims.size() == 1);
        return claims[0];
    };
    const auto receipt = claim_of(script.soap());
    CHECK(receipt.kind == Claim::Kind::receipt);
    CHECK(receipt.message_id == "receipt@b.example");
    CHECK(receipt.subject == script.sent.message_id);
    const auto claimed = [&](const std::string& about) {
        const auto claim = claim_of(error_soap(about, exchange().b.signer));
        CHECK(claim.kind == Claim::Kind::error);
        return claim.subject;
    };
    CHECK(claimed("a@b") == "a@b");
    CHECK(claimed("#a@b") == "a@b"); // some write it as a fragment
    CHECK(claimed("").empty());
    auto two = error_soap("a@b", exchange().b.signer);
    const std::string named = "refToMessageInError=\"a@b\"";
    two.replace(two.find(named), named.size(), "refToMessageInError=\"c@d\"");
    CHECK(claim_of(two).subject.empty()); // says two things
    CHECK_FALSE(as4::ReceivedSignals::read("<a/>"));
    const auto user_message =
        support::pack(exchange().b, exchange().a, exchange().now, {}).sealed.envelope;
    CHECK(as4::ReceivedSignals::read(user_message).value().claims().empty());
}

TEST_CASE("an error counts as the peer's only if the peer signed it for this message", "[as4]")
{
    const Script script;
    const auto authentic = [&](const base::Bytes& soap) {
        const auto answer = script.read(soap);
        REQUIRE(answer);
        const auto& error = std::get<as4::PeerError>(*answer);
        CHECK(error.errors.at(0).code == "EBMS:0303");
        return error.authentic;
    };
    CHECK(authentic(error_soap(script.sent.message_id, exchange().b.signer)));
    CHECK_FALSE(authentic(error_soap("other@example", exchange().b.signer)));
    CHECK_FALSE(authentic(error_soap("", exchange().b.signer)));
    CHECK_FALSE(authentic(error_soap(script.sent.message_id, exchange().a.signer)));
    CHECK_FALSE(authentic(unsigned_form(error_soap(script.sent.message_id, exchange().b.signer))));
}
