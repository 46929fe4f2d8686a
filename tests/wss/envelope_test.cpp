// SPDX-License-Identifier: Apache-2.0
// Where Messaging, Security and Body must be.
#include "wss/envelope.hpp"

#include "wss/uris.hpp"

#include <catch2/catch.hpp>

namespace {

const std::string messaging = "<eb:Messaging><eb:UserMessage/></eb:Messaging>";
const std::string security = "<wsse:Security/>";

std::string soap(const std::string& inside, const std::string& ns = std::string(wss::uri::soap12))
{
    return "<S:Envelope xmlns:S=\"" + ns + "\" xmlns:eb=\"" + std::string(wss::uri::eb) +
           "\" xmlns:wsse=\"" + std::string(wss::uri::wsse) + "\" xmlns:x=\"urn:x\">" + inside +
           "</S:Envelope>";
}

boost::system::error_code refusal(const std::string& text)
{
    const auto document = xml::Document::parse(text);
    REQUIRE(document);
    const auto envelope = wss::locate(*document);
    return envelope ? boost::system::error_code() : envelope.error().code;
}

std::string with_header(const std::string& header)
{
    return soap("<S:Header>" + header + "</S:Header><S:Body/>");
}

} // namespace

TEST_CASE("Messaging, Security and Body are found, in either order of the headers", "[wss]")
{
    for (const std::string& header : {security + messaging, messaging + security}) {
        const auto document = xml::Document::parse(with_header(header));
        REQUIRE(document);
        const auto envelope = wss::locate(*document);
        REQUIRE(envelope);
        CHECK(envelope->messaging.local_name() == "Messaging");
        CHECK(envelope->body.local_name() == "Body");
        REQUIRE(envelope->security);
        CHECK(envelope->security->local_name() == "Security");
    }
    const auto unsigned_signal = xml::Document::parse(with_header(messaging));
    REQUIRE(unsigned_signal);
    REQUIRE(wss::locate(*unsigned_signal));
    CHECK_FALSE(wss::locate(*unsigned_signal)->security);
    CHECK(
        refusal(soap("<S:Header>" + messaging + "</S:Header><S:Body><S:Fault/></S:Body>")) ==
        boost::system::error_code()
    );
}

TEST_CASE("An envelope of another shape is refused", "[wss][attack 1][attack 30]")
{
    const std::string header = "<S:Header>" + messaging + "</S:Header>";
    const auto shapes = {
        soap(header + "<S:Body/>", "http://schemas.xmlsoap.org/soap/envelope/"),
        soap(header),
        soap("<S:Body/>"),
        soap(header + "<S:Body/><S:Body/>"),
        soap(header + header + "<S:Body/>"),
        soap("<S:Body/>" + header),
        soap(header + "<S:Body/><x:y/>"),
        soap("<x:y>" + header + "</x:y><S:Body/>"),
        with_header(""),
        with_header(messaging + messaging),
        with_header("<x:wrapper>" + messaging + "</x:wrapper>"),
        with_header(messaging + security + security),
        with_header(messaging + "<wsse:Security S:role=\"urn:other\"/>"),
        with_header(messaging + security + "<wsse:Security S:role=\"urn:other\"/>"),
        std::string("<Envelope><Header/><Body/></Envelope>"),
    };
    for (const std::string& text : shapes) {
        INFO(text);
        CHECK(refusal(text) == wss::errc::bad_envelope);
    }
}

TEST_CASE("A foreign header block is refused if it must be understood by us", "[wss][attack 30]")
{
    CHECK(
        refusal(with_header(messaging + "<x:y S:mustUnderstand=\"true\"/>")) ==
        wss::errc::not_understood
    );
    CHECK(
        refusal(with_header(messaging + "<x:y S:mustUnderstand=\" 1 \"/>")) ==
        wss::errc::not_understood
    );
    CHECK(
        refusal(with_header(messaging + "<eb:Other S:mustUnderstand=\"1\"/>")) ==
        wss::errc::not_understood
    );
    CHECK(
        refusal(with_header(
            messaging + "<x:y S:mustUnderstand=\"1\" "
                        "S:role=\"http://www.w3.org/2003/05/soap-envelope/role/next\"/>"
        )) == wss::errc::not_understood
    );
    const boost::system::error_code none;
    CHECK(refusal(with_header(messaging + "<x:y/>")) == none);
    CHECK(refusal(with_header(messaging + "<x:y S:mustUnderstand=\"false\"/>")) == none);
    CHECK(refusal(with_header(messaging + "<x:y S:mustUnderstand=\"0\"/>")) == none);
    CHECK(
        refusal(with_header(messaging + "<x:y mustUnderstand=\"1\"/>")) == none
    ); // not SOAP's attribute
    CHECK(
        refusal(
            with_header(messaging + "<x:y S:mustUnderstand=\"1\" S:role=\"urn:somebody-else\"/>")
        ) == none
    );
}
