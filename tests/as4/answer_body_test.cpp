// SPDX-License-Identifier: Apache-2.0
// The forms in which answers come: packaging, SOAP Faults.
#include "as4/answer_body.hpp"

#include "answers.hpp"
#include "support/shared_data.hpp"

using namespace answers;

TEST_CASE("an answer's packaging is nobody's proof: multipart, no charset, a BOM", "[as4]")
{
    const Script script;
    const auto& a = exchange().a;
    const auto& b = exchange().b;
    const auto now = exchange().now;
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
    // Nothing rests on the boundary behind a whole envelope, nor on what follows.
    CHECK(proves(related, as_part("")) == fine);
    CHECK(proves(related, as_part("\r\n--b\r\nContent-Type: text/plain")) == fine);
    CHECK(proves(related, as_part("\r\n--b\r\n\r\nmore")) == fine);
    auto cut = as_part("");
    cut.resize(cut.size() - 3);
    CHECK(proves(related, cut) == as4::errc::answer_unreadable);
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
