// SPDX-License-Identifier: Apache-2.0
// What proves that the peer has the message, and what does not (facts: attack 24).
#include "crypto/digest.hpp"
#include "support/exchange.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {

const support::Exchange& exchange()
{
    static const support::Exchange both;
    return both;
}

constexpr const char* soap_type = "application/soap+xml; charset=UTF-8";

base::Bytes reference(
    const std::string& uri, const base::Bytes& digest, std::string_view method = wss::uri::sha256
)
{
    return "<ds:Reference xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" URI=\"" + uri +
           "\"><ds:DigestMethod Algorithm=\"" + std::string(method) +
           "\"></ds:DigestMethod><ds:DigestValue>" + base::base64(digest) +
           "</ds:DigestValue></ds:Reference>";
}

// A receipt written by hand for what A sent.
struct Script {
    as4::Sealed sent = support::pack(exchange().a, exchange().b, exchange().now).sealed;
    std::string ref_to_message_id = sent.message_id;
    std::vector<base::Bytes> references;
    std::vector<wss::PartDigest> attachments;
    const crypto::Signer* signer = &exchange().b.signer;

    Script()
    {
        for (const auto& each : sent.references)
            references.push_back(reference(each.uri, each.digest));
    }
    base::Bytes soap() const
    {
        ebms::MessageInfo info{exchange().now, "receipt@b.example", ref_to_message_id};
        wss::ToSign to_sign{
            ebms::write_receipt(info, references, "messaging"), "messaging", attachments};
        return wss::sign(to_sign, *signer).value().soap;
    }
    base::Result<as4::Answer> read(const base::Bytes& body) const
    {
        return as4::read_answer(
            soap_type, body, sent, exchange().a.peer(), exchange().a.trust, exchange().now
        );
    }
    boost::system::error_code outcome(const base::Bytes& body) const
    {
        const auto answer = read(body);
        return answer ? boost::system::error_code() : answer.error().code;
    }
    boost::system::error_code outcome() const { return outcome(soap()); }
};

base::Bytes unsigned_form(base::Bytes soap)
{
    const auto begin = soap.find("<wsse:Security");
    soap.erase(begin, soap.find("</wsse:Security>") + 16 - begin);
    return soap;
}

base::Bytes error_soap(const std::string& ref_to_message_id, const crypto::Signer& signer)
{
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    return as4::make_error_signal(answer, ref_to_message_id, signer, exchange().now).value();
}

} // namespace

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

TEST_CASE("a receipt signed by somebody else proves nothing", "[as4][TM-UB 2.14.1]")
{
    Script script;
    SECTION("by ourselves")
    {
        script.signer = &exchange().a.signer;
    }
    SECTION("by another party of the federation")
    {
        static const auto other = support::Authority().identity("AP0003-TEST").signer();
        script.signer = &other;
    }
    SECTION("by a stranger with the peer's name")
    {
        static const auto stranger =
            support::Authority("stranger").identity(support::party_b).signer();
        script.signer = &stranger;
    }
    CHECK(script.outcome() == as4::errc::receipt_signer);
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
    SECTION("a signature that also covers attachments")
    {
        script.attachments.push_back({"message", crypto::sha256("x")});
        CHECK(script.outcome() == as4::errc::receipt_signature);
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
    CHECK(script.outcome("") == as4::errc::answer_unreadable);
    CHECK(script.outcome("<html>busy</html>") == as4::errc::answer_unreadable);
    CHECK(script.outcome("garbage") == as4::errc::answer_unreadable);
    CHECK(script.outcome(script.soap().substr(0, 2000)) == as4::errc::answer_unreadable);
    CHECK(
        script.outcome(base::Bytes(2 << 20, ' ') + script.soap()) == as4::errc::answer_unreadable
    );
    CHECK(script.outcome("<!DOCTYPE a>" + script.soap()) == as4::errc::answer_unreadable);
    CHECK(
        script.outcome(support::pack(b, a, now, {}).sealed.envelope) == as4::errc::answer_unreadable
    );
    const auto html =
        as4::read_answer("text/html", script.soap(), script.sent, a.peer(), a.trust, now);
    CHECK(html.error().code == as4::errc::answer_unreadable);
}

TEST_CASE("a SOAP Fault alone is unreadable, with its text for the log", "[as4]")
{
    const Script script;
    const auto answer = script.read(
        "<S:Envelope "
        "xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Header/><S:Body><S:Fault>"
        "<S:Code><S:Value>S:Receiver</S:Value></S:Code>"
        "<S:Reason><S:Text xml:lang=\"en\">out of\norder</S:Text></S:Reason>"
        "</S:Fault></S:Body></S:Envelope>"
    );
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == as4::errc::answer_unreadable);
    CHECK(answer.error().detail == "SOAP Fault: out of order");
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
