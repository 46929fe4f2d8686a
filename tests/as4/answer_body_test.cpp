// SPDX-License-Identifier: Apache-2.0
// The forms in which answers come: packaging, SOAP Faults.
#include "as4/answer_body.hpp"

#include "answers.hpp"
#include "support/shared_data.hpp"

using namespace answers;

TEST_CASE("the packaging of an answer proves nothing and spoils nothing", "[as4]")
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
    // The Content-Type is a hint only.
    for (const std::string type :
         {"application/soap+xml", "application/soap+xml; action=\"\"", "text/xml; charset=utf-8",
          "application/xml", "", "application/octet-stream", "text/plain", "text/html", "xml",
          "application/soap+xml; charset=utf-16", "application/soap+xml; charset=", ";;=\"",
          "application/soap+xml;charset=utf-8;charset=utf-8", "multipart/related",
          "application/json"}) {
        CAPTURE(type);
        CHECK(proves(type, soap) == fine);
        CHECK(proves(type, as_part("\r\n--b--\r\n")) == fine);
    }
    // Nor does what stands around the envelope prove anything.
    CHECK(proves("text/xml", "\xEF\xBB\xBF" + soap) == fine);
    CHECK(proves("text/xml", "\r\n\t \xEF\xBB\xBF\n" + soap + "\r\n\r\n") == fine);
    CHECK(proves("", "\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + soap) == fine);
    CHECK(proves("", "<!-- by proxy --><?peer x?>" + soap) == fine);
    CHECK(proves(related, as_part("\r\n--b--\r\n")) == fine);
    CHECK(proves(related, "a preamble\r\n" + as_part("\r\n--b--\r\n")) == fine);
    CHECK(proves(related, "\r\n\r\n" + as_part("\r\n--b--\r\n")) == fine);
    CHECK(proves("multipart/related; boundary=wrong", as_part("\r\n--b--\r\n")) == fine);
    CHECK(proves("multipart/mixed; boundary=\"b\"", as_part("\r\n--b--\r\n")) == fine);
    CHECK(proves(related, soap) == fine); // no multipart at all
    // A multipart that ends early: the proof is in the envelope.
    CHECK(proves(related, as_part("\r\n--b\r\n")) == fine);
    CHECK(proves(related, as_part("\r\n")) == fine);
    CHECK(proves(related, as_part("").substr(0, 2000)) == as4::errc::answer_unreadable);
    // No other part is processed, but what comes before the envelope is passed over.
    CHECK(proves(related, as_part("\r\n--b\r\n\r\n<more/>\r\n--b--\r\n")) == fine);
    CHECK(proves(related, "--b\r\n\r\nhello\r\n" + as_part("\r\n--b--\r\n")) == fine);
    CHECK(
        proves(related, "--b\r\n\r\n<first/>\r\n" + as_part("\r\n--b--\r\n")) ==
        as4::errc::answer_unreadable
    );
}

TEST_CASE("an answer that is no message is told as what it is", "[as4]")
{
    struct Row {
        std::string body;
        std::string type;
        std::string says;
    };
    const std::string xhtml =
        "<?xml version=\"1.0\"?>\n<!-- x -->\n<!DOCTYPE html PUBLIC \"-//W3C//DTD "
        "XHTML 1.0//EN\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\">";
    const auto row = GENERATE_COPY(values<Row>({
        {"<html><head><title>Sign in\n here</title></head></html>", "text/html",
         "a web page, title \"Sign in  here\""},
        {"\n<!DOCTYPE HTML>\n<TITLE lang=en>Error</TITLE>", "", "a web page, title \"Error\""},
        {xhtml + "<head><title>Portal</title></head></html>", "application/soap+xml",
         "a web page, title \"Portal\""},
        {"<html><body><h1>503 Service Unavailable</h1></body></html>", "text/html",
         "a web page, title \"503 Service Unavailable\""},
        {"<html><body>Bad gateway</body></html>", "application/xml", "a web page, without a title"},
        {"<head/>", "", "a web page"},
        {"<h1>Not here", "", "a web page, title \"Not here\""},
        {"no healthy upstream", "text/plain",
         "neither XML nor MIME (text/plain): \"no healthy upstream\""},
        {"{\"error\": 1}", "", "neither XML nor MIME (without Content-Type): \"{\"error\": 1}\""},
        {std::string("\x1F\x8B\x08\x00", 4), "application/soap+xml", "gzip"},
        {"--", "", "neither XML nor MIME"},
        {"--b\r\n\r\nhello\r\n--b--\r\n", "", "MIME without an XML part"},
        {"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEvPg==\r\n--b--\r\n", "", "base64"},
    }));
    CAPTURE(row.body);
    const auto soap = as4::soap_of_answer(row.type, row.body);
    REQUIRE_FALSE(soap);
    CHECK(soap.error().code == as4::errc::answer_unreadable);
    CAPTURE(soap.error().detail);
    CHECK(soap.error().detail.find(row.says) != std::string::npos);
    CHECK(soap.error().detail.find('\n') == std::string::npos);
}

TEST_CASE("an answer without content is empty, also one of white space", "[as4]")
{
    for (const std::string body : {"", "\r\n", "\xEF\xBB\xBF", " \t\r\n"})
        CHECK(as4::soap_of_answer("text/xml", body).error().code == as4::errc::answer_empty);
}

TEST_CASE("an envelope over the limit of answers is not read", "[as4]")
{
    const base::Bytes huge = "<a>" + base::Bytes(2 << 20, 'x');
    for (const auto& body : {huge, "--b\r\n\r\n" + huge + "\r\n--b--\r\n"})
        CHECK(as4::soap_of_answer("", body).error().code == as4::errc::answer_unreadable);
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
