// SPDX-License-Identifier: Apache-2.0
// What proves that the peer has the message, and what does not (facts: attack 24).
#include "crypto/digest.hpp"
#include "support/exchange.hpp"
#include "support/shared_data.hpp"
#include "wss/envelope.hpp"
#include "xml/canonical.hpp"

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

std::string messaging_info(const std::string& ref_to_message_id)
{
    return "<eb:MessageInfo><eb:Timestamp>2026-11-22T01:02:03Z</eb:Timestamp>"
           "<eb:MessageId>e@b</eb:MessageId><eb:RefToMessageId>" +
           ref_to_message_id + "</eb:RefToMessageId></eb:MessageInfo>";
}

base::Bytes error_soap(const std::string& ref_to_message_id, const crypto::Signer& signer)
{
    const auto answer = as4::error_answer(base::Error(as4::errc::decompression));
    return as4::make_error_signal(answer, ref_to_message_id, signer, exchange().now).value();
}

// An error of B whose signature covers a Body that is not empty: the canonical Body, its digest put
// into SignedInfo, and SignedInfo signed again.
base::Bytes signed_with_body(const std::string& ref_to_message_id, const std::string& content)
{
    const auto& signer = exchange().b.signer;
    auto soap = error_soap(ref_to_message_id, signer);
    const auto digest_of_body = [](const base::Bytes& text) {
        const auto document = xml::Document::parse(text).value();
        const auto body = wss::locate(document).value().body;
        return base::base64(crypto::sha256(xml::canonical(body).value()));
    };
    const auto old_digest = digest_of_body(soap);
    soap.insert(soap.find("</S12:Body>"), content);
    const auto at = soap.find(old_digest);
    REQUIRE(at != base::Bytes::npos);
    soap.replace(at, old_digest.size(), digest_of_body(soap));

    const auto document = xml::Document::parse(soap).value();
    const auto security = *wss::locate(document).value().security;
    const auto header = wss::read_security(document, security, {}).value();
    const auto octets =
        xml::canonical(header.signature->signed_info, header.signature->c14n_prefixes).value();
    const auto begin = soap.find("<ds:SignatureValue>") + 19;
    const auto end = soap.find("</ds:SignatureValue>");
    return soap.replace(begin, end - begin, base::base64(signer.sign_sha256(octets).value()));
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
    CHECK(script.outcome("") == as4::errc::answer_empty);
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

TEST_CASE("an answer's packaging is nobody's proof: multipart, no charset, a BOM", "[as4]")
{
    const Script script;
    const auto& [a, b, now] = exchange();
    const auto soap = script.soap();
    const auto as_part = [&](const std::string& rest) {
        return "--b\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
               "Content-ID: <root>\r\n\r\n" +
               soap + rest;
    };
    const std::string related = "multipart/related; type=\"application/soap+xml\"; boundary=b";
    const auto proves = [&](const std::string& type, const base::Bytes& body) {
        const auto read = as4::read_answer(type, body, script.sent, a.peer(), a.trust, now);
        if (read) CHECK(std::get<as4::ReceiptProof>(*read).signer == b.signer.certificate());
        return read ? boost::system::error_code() : read.error().code;
    };
    const boost::system::error_code fine;
    CHECK(proves("application/soap+xml", soap) == fine);
    CHECK(proves("application/soap+xml; action=\"\"", "\xEF\xBB\xBF" + soap) == fine);
    CHECK(proves("text/xml; charset=utf-8", soap) == fine);
    CHECK(proves("application/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + soap) == fine);
    CHECK(proves(related, as_part("\r\n--b--\r\n")) == fine);
    // No other part is processed.
    CHECK(proves(related, as_part("\r\n--b\r\n\r\nmore\r\n--b--\r\n")) == fine);
    CHECK(proves(related, as_part("")) == as4::errc::answer_unreadable); // truncated
    CHECK(proves("multipart/related", as_part("\r\n--b--\r\n")) == as4::errc::answer_unreadable);
    CHECK(proves("", soap) == as4::errc::answer_unreadable);
}

TEST_CASE("a SOAP Fault alone is unreadable, with its reason for the operator", "[as4][EBMS 6.6]")
{
    const Script script;
    const auto told = [&](const std::string& ns, const std::string& fault) {
        const auto answer = script.read(
            "<S:Envelope xmlns:S=\"" + ns + "\"><S:Body><S:Fault>" + fault +
            "</S:Fault></S:Body></S:Envelope>"
        );
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == as4::errc::answer_unreadable);
        return answer.error().detail;
    };
    const std::string s12 = "http://www.w3.org/2003/05/soap-envelope";
    const std::string s11 = "http://schemas.xmlsoap.org/soap/envelope/";
    const std::string code = "<S:Code><S:Value>S:Receiver</S:Value></S:Code>";
    CHECK(
        told(s12, code + "<S:Reason><S:Text xml:lang=\"en\">out of\norder</S:Text></S:Reason>") ==
        "SOAP Fault: out of order"
    );
    CHECK(
        told(s11, "<faultcode>S:Server</faultcode><faultstring>busy</faultstring>") ==
        "SOAP Fault: busy"
    );
    // Structures that no version has.
    CHECK(told(s12, "<faultstring>mixed</faultstring>") == "SOAP Fault: mixed");
    CHECK(told(s12, code) == "SOAP Fault: S:Receiver");
    CHECK(told(s12, "") == "SOAP Fault: without a reason");
    CHECK(told(s12, "<S:Reason/>" + code) == "SOAP Fault: S:Receiver");
    CHECK(told(s12, "<S:Reason>" + std::string(5000, 'x') + "</S:Reason>").size() < 400);
}

TEST_CASE("Faults of other products are read for the operator", "[as4][EBMS 6.6][data]")
{
    const auto shared = support::shared_data("Faults of other products are read");
    if (!shared) return;
    const auto folder = *shared / "data/as4/messages";
    const Script script;
    const auto alone = script.read(
        base::read_file(folder / "domibus/blue2redMessageFaultResponse.xml", 1 << 20).value()
    );
    REQUIRE_FALSE(alone);
    CHECK(alone.error().detail.find("SOAP Fault: Could not validate soapheader") == 0);
    // With eb:Error beside it, it is an error of the peer; unsigned here, so a claim.
    const auto beside = script.read(
        base::read_file(folder / "phase4/testfiles/ErrorMessageWithFault.xml", 1 << 20).value()
    );
    REQUIRE(beside);
    const auto& error = std::get<as4::PeerError>(*beside);
    CHECK_FALSE(error.authentic);
    CHECK(error.errors.at(0).code == "EBMS:0103");
    CHECK(error.errors.at(0).severity == "Failure");
}

TEST_CASE("a Fault beside a signed eb:Error makes it no less the peer's", "[as4][EBMS 6.6]")
{
    const Script script;
    const auto& b = exchange().b;
    const std::string fault = "<S12:Fault><S12:Code><S12:Value>S12:Sender</S12:Value></S12:Code>"
                              "<S12:Reason><S12:Text xml:lang=\"en\">no</S12:Text></S12:Reason>"
                              "</S12:Fault>";
    const auto with_fault = [&](base::Bytes soap) {
        return soap.insert(soap.find("</S12:Body>"), fault);
    };
    // Signed without the Fault: the Body is another than the one that was signed.
    const auto changed = script.read(with_fault(error_soap(script.sent.message_id, b.signer)));
    REQUIRE(changed);
    CHECK_FALSE(std::get<as4::PeerError>(*changed).authentic);

    const auto soap = signed_with_body(script.sent.message_id, fault);
    const auto read = script.read(soap);
    REQUIRE(read);
    CHECK(std::get<as4::PeerError>(*read).authentic);
    CHECK(std::get<as4::PeerError>(*read).errors.at(0).code == "EBMS:0303");
}

TEST_CASE("several signals in one answer say nothing: fail closed", "[as4][EBMS 6.6]")
{
    const Script script;
    const auto& b = exchange().b;
    ebms::MessageInfo info{exchange().now, "receipt@b.example", script.sent.message_id};
    auto messaging = ebms::write_receipt(info, script.references, "messaging");
    const std::string error =
        "<eb:SignalMessage>" + messaging_info(script.sent.message_id) +
        "<eb:Error errorCode=\"EBMS:0303\" severity=\"failure\"></eb:Error></eb:SignalMessage>";
    messaging.insert(messaging.find("</eb:Messaging>"), error);
    const auto soap = wss::sign({messaging, "messaging", {}}, b.signer).value().soap;
    CHECK(script.outcome(soap) == as4::errc::answer_unreadable);
}

TEST_CASE("which message a signal claims to be about is known before any proof", "[as4]")
{
    const Script script;
    const auto receipt = as4::claimed_signal(script.soap());
    REQUIRE(receipt);
    CHECK(receipt->kind == as4::ClaimedSignal::Kind::receipt);
    CHECK(receipt->message_id == "receipt@b.example");
    CHECK(receipt->subject == script.sent.message_id);
    const auto claimed = [&](const std::string& about) {
        const auto read = as4::claimed_signal(error_soap(about, exchange().b.signer));
        CHECK(read->kind == as4::ClaimedSignal::Kind::error);
        return read->subject;
    };
    CHECK(claimed("a@b") == "a@b");
    CHECK(claimed("#a@b") == "a@b"); // some write it as a fragment
    CHECK(claimed("").empty());
    auto two = error_soap("a@b", exchange().b.signer);
    const std::string named = "refToMessageInError=\"a@b\"";
    two.replace(two.find(named), named.size(), "refToMessageInError=\"c@d\"");
    CHECK(as4::claimed_signal(two)->subject.empty()); // says two things
    CHECK_FALSE(as4::claimed_signal("<a/>"));
    CHECK_FALSE(as4::claimed_signal(
        support::pack(exchange().b, exchange().a, exchange().now, {}).sealed.envelope
    ));
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
